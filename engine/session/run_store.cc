#include "engine/session/run_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/base/json_text.h"
#include "engine/base/paths.h"

namespace carrot {
namespace {

using json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr const char* kStateFormat = "carrot.state/1";
constexpr const char* kSlots[] = {"a", "b"};

std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// parent/prefix-0007, made by this call: two runs that start together get two folders.
Result<fs::path> MakeNumbered(const fs::path& parent, const std::string& prefix) {
  CARROT_RETURN_IF_ERROR(MakeFolder(parent));
  int last = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix + "-")) continue;
    const std::string digits = name.substr(prefix.size() + 1);
    if (digits.empty() || digits.size() > 8 ||
        !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      continue;
    }
    last = std::max(last, std::stoi(digits));
  }
  for (int number = last + 1;; ++number) {
    const fs::path path = parent / fmt::format("{}-{:04}", prefix, number);
    if (fs::create_directory(path, error)) return path;
    if (error) return Fail(FileError("create folder", path, error.value()));
  }
}

// A slot of resume/ as its manifest describes it, checked against the bytes; nothing if not whole.
struct Slot {
  int64_t sequence = -1;
  RunState state;
};

std::optional<Slot> ReadSlot(const fs::path& folder) {
  const auto text = ReadFile(folder / "manifest.json");
  const auto bytes = ReadFile(folder / "state.bin");
  if (!text || !bytes) return std::nullopt;
  try {
    const json manifest = ParseJson<json>(*text);
    if (manifest.at("format") != kStateFormat || manifest.at("hash") != HashHex(*bytes)) {
      return std::nullopt;
    }
    Slot slot;
    slot.sequence = manifest.at("sequence");
    slot.state.iteration = manifest.at("iteration");
    slot.state.step = manifest.at("step");
    size_t at = 0;
    for (const json& part : manifest.at("parts")) {
      const size_t size = part.at("bytes");
      if (size > bytes->size() - at) return std::nullopt;
      const auto* begin = reinterpret_cast<const std::byte*>(bytes->data()) + at;
      slot.state.parts[part.at("name")] = {begin, begin + size};
      at += size;
    }
    return slot;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace

RunStore::RunStore(fs::path path, RunConfig config, const FileOps* ops)
    : path_(std::move(path)),
      config_(std::move(config)),
      ops_(ops != nullptr ? *ops : SystemFileOps()) {}

Result<std::unique_ptr<RunStore>> RunStore::Create(const RunLocation& where, RunConfig config,
                                                   const FileOps* ops) {
  fs::path path = where.out;
  if (path.empty()) {
    CARROT_ASSIGN_OR_RETURN(path, MakeNumbered(where.parent, where.prefix));
  } else {
    std::error_code error;
    if (fs::exists(path, error) && (!fs::is_directory(path, error) || !fs::is_empty(path, error))) {
      const bool run = fs::exists(path / "run.json", error);
      Diagnostic d =
          MakeError("I008", fmt::format("`{}` already exists", path.string()),
                    {run ? fmt::format("continue that run with --resume {}", path.string())
                         : std::string("choose another folder with --out"),
                     "leave --out away to get a new numbered folder in runs/"});
      d.where.file = path.string();
      return Fail(std::move(d));
    }
    CARROT_RETURN_IF_ERROR(MakeFolder(path));
  }
  std::unique_ptr<RunStore> store(new RunStore(path, std::move(config), ops));
  CARROT_RETURN_IF_ERROR(store->Lock());
  CARROT_RETURN_IF_ERROR(store->Update(store->config_));
  CARROT_RETURN_IF_ERROR(store->OpenLines());
  return store;
}

Result<std::unique_ptr<RunStore>> RunStore::Open(const fs::path& path, const FileOps* ops) {
  const fs::path file = path / "run.json";
  std::error_code error;
  if (!fs::exists(file, error)) {
    Diagnostic d = MakeError(
        "I001", fmt::format("`{}` is not a run folder: it has no run.json", path.string()),
        {"give the folder that `carrot train` printed, e.g. runs/hopper-gym-0001"});
    d.where.file = path.string();
    return Fail(std::move(d));
  }
  CARROT_ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  CARROT_ASSIGN_OR_RETURN(RunConfig config, RunConfigFromJson(text, file.string()));
  std::unique_ptr<RunStore> store(new RunStore(path, std::move(config), ops));
  CARROT_RETURN_IF_ERROR(store->Lock());
  CARROT_RETURN_IF_ERROR(store->OpenLines());
  return store;
}

// A lock on the folder itself leaves no file behind, and none after kill -9. Where the file system
// knows no locks, there is none.
Status RunStore::Lock() {
  const int fd = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Fail(FileError("open folder", path_, errno));
  lock_ = std::shared_ptr<const int>(new int(fd), [](const int* held) {
    ::close(*held);
    delete held;
  });
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return {};
  Diagnostic d =
      MakeError("I008", fmt::format("another process is writing into the run `{}`", path_.string()),
                {"wait until it has finished, or stop it and go on with --resume"});
  d.where.file = path_.string();
  return Fail(std::move(d));
}

Status RunStore::OpenLines() {
  CARROT_ASSIGN_OR_RETURN(metrics_, OutputFile::Open(path_ / "metrics.jsonl", ops_, true));
  CARROT_ASSIGN_OR_RETURN(events_, OutputFile::Open(path_ / "events.jsonl", ops_, true));
  return {};
}

Status RunStore::Update(RunConfig config) {
  config_ = std::move(config);
  return WriteFile("run.json", JsonText(ToJson(config_), 1) + "\n");
}

Status RunStore::SetStatus(RunStatus status) {
  RunConfig config = config_;
  config.status = status;
  return Update(std::move(config));
}

Status RunStore::AppendLine(OutputFile& file, const json& line) {
  CARROT_CHECK(line.contains("iteration") && line["iteration"].is_number_integer());
  return file.Append(JsonText(line) + "\n");
}

Status RunStore::TruncateLines(OutputFile& file, int64_t iteration) {
  CARROT_ASSIGN_OR_RETURN(const std::string text, ReadFile(file.path()));
  size_t kept = 0;  // a damaged line takes none of those behind it along
  for (size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    const json line = TryParseJson<json>(std::string_view(text).substr(at, end - at));
    if (!line.is_object() || !line.contains("iteration") || !line["iteration"].is_number_integer())
      continue;
    if (line["iteration"] > iteration) break;
    kept = end + 1;
  }
  return file.Truncate(static_cast<off_t>(kept));
}

Status RunStore::TruncateTo(int64_t iteration) {
  CARROT_RETURN_IF_ERROR(TruncateLines(metrics_, iteration));
  return TruncateLines(events_, iteration);
}

Status RunStore::AddScript(const std::string& file, const std::string& text) {
  return WriteFile("scripts/" + file, text);
}

Status RunStore::WriteFile(const std::string& relative, std::string_view bytes) {
  const fs::path path = path_ / relative;
  CARROT_RETURN_IF_ERROR(MakeFolder(path.parent_path()));
  return ReplaceFile(path, bytes, ops_);
}

Status RunStore::SaveState(const RunState& state) {
  CARROT_RETURN_IF_ERROR(metrics_.Sync());
  CARROT_RETURN_IF_ERROR(events_.Sync());
  int64_t sequence[2];
  for (int i = 0; i < 2; ++i) {
    const auto slot = ReadSlot(path_ / "resume" / kSlots[i]);
    sequence[i] = slot ? slot->sequence : -1;
  }
  const int target = sequence[0] <= sequence[1] ? 0 : 1;
  const fs::path folder = path_ / "resume" / kSlots[target];
  CARROT_RETURN_IF_ERROR(MakeFolder(folder));
  // From here until the new manifest is in place this slot is not whole; the other one is.
  std::error_code error;
  fs::remove(folder / "manifest.json", error);

  std::string bytes;
  json parts = json::array();
  for (const auto& [name, part] : state.parts) {
    parts.push_back({{"name", name}, {"bytes", part.size()}});
    bytes.append(AsText(part));
  }
  CARROT_RETURN_IF_ERROR(ReplaceFile(folder / "state.bin", bytes, ops_));
  const json manifest = {
      {"format", kStateFormat},       {"sequence", std::max(sequence[0], sequence[1]) + 1},
      {"iteration", state.iteration}, {"step", state.step},
      {"hash", HashHex(bytes)},       {"parts", parts}};
  return ReplaceFile(folder / "manifest.json", JsonText(manifest, 1) + "\n", ops_);
}

Result<std::optional<RunState>> RunStore::LoadState(std::vector<std::string>* notes) const {
  std::optional<Slot> newest;
  for (const char* name : kSlots) {
    const fs::path folder = path_ / "resume" / name;
    std::error_code error;
    if (!fs::exists(folder, error)) continue;
    auto slot = ReadSlot(folder);
    if (!slot) {
      if (notes != nullptr) {
        notes->push_back(fmt::format("{} is incomplete and was passed over", folder.string()));
      }
    } else if (!newest || slot->sequence > newest->sequence) {
      newest = std::move(slot);
    }
  }
  if (!newest) return std::optional<RunState>{};
  return std::optional<RunState>{std::move(newest->state)};
}

fs::path RunStore::PolicyFolder(int64_t step) const {
  return path_ / "policies" / fmt::format("{:09}.policy", step);
}

fs::path RunStore::TraceFolder(const std::string& label, int64_t step) const {
  return path_ / "traces" / fmt::format("{}-{:09}.trace", label, step);
}

}  // namespace carrot
