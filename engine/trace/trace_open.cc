// OpenTrace: the reading half of trace_file.h.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/json_text.h"
#include "engine/base/paths.h"
#include "engine/trace/trace_file.h"

namespace carrot {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// A whole file mapped read-only.
class Mapping {
 public:
  Mapping() = default;
  Mapping(void* data, size_t bytes) : data_(data), bytes_(bytes) {}
  ~Mapping() {
    if (data_ != nullptr) ::munmap(data_, bytes_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  std::string_view bytes() const { return {static_cast<const char*>(data_), bytes_}; }
  std::byte* data() const { return static_cast<std::byte*>(data_); }

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

tl::unexpected<Diagnostics> Bad(const char* code, const fs::path& file, std::string message,
                                std::string help) {
  Diagnostic d = MakeError(code, std::move(message), {std::move(help)});
  d.where.file = file.string();
  return Fail(std::move(d));
}

Result<std::shared_ptr<Mapping>> MapFile(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe must not wait
  struct stat info {};
  if (fd < 0 || ::fstat(fd, &info) != 0) {
    const int error = errno;
    if (fd >= 0) ::close(fd);
    Diagnostic d = FileError("read", path, error);
    d.code = error == ENOENT ? "I001" : "I002";
    d.help = {"restore the file from a copy: a recording needs every column that spec.json names"};
    return Fail(std::move(d));
  }
  if (!S_ISREG(info.st_mode)) {
    ::close(fd);
    return Bad("I002", path, fmt::format("{} is not a file", path.string()),
               "restore the file from a copy: a recording needs every column that spec.json names");
  }
  std::shared_ptr<Mapping> mapping = std::make_shared<Mapping>();
  if (info.st_size > 0) {
    void* data = ::mmap(nullptr, info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    const int error = errno;
    ::close(fd);
    if (data == MAP_FAILED) return Fail(FileError("read", path, error));
    mapping = std::make_shared<Mapping>(data, static_cast<size_t>(info.st_size));
  } else {
    ::close(fd);
  }
  return mapping;
}

struct MappedColumn {
  std::shared_ptr<Mapping> mapping;
  std::byte* data = nullptr;
  int64_t rows = 0;  // whole rows of which the bytes are there, whatever the header claims
};

Result<MappedColumn> MapColumn(const fs::path& path, NpyType type,
                               const std::vector<int64_t>& shape) {
  CARROT_ASSIGN_OR_RETURN(std::shared_ptr<Mapping> mapping, MapFile(path));
  MappedColumn column{mapping, nullptr, 0};
  const std::string_view bytes = mapping->bytes();
  if (bytes.size() < kNpyHeaderBytes) return column;  // killed while the file was created
  CARROT_ASSIGN_OR_RETURN(NpyHeader header, DecodeNpyHeader(bytes, path));
  std::vector<int64_t> row_shape;
  if (!header.shape.empty()) row_shape.assign(header.shape.begin() + 1, header.shape.end());
  if (header.type != type || header.shape.empty() || row_shape != shape) {
    return Bad("I005", path,
               fmt::format("the column holds {} rows of shape ({}), spec.json says {} rows of "
                           "shape ({})",
                           NpyDescr(header.type), fmt::join(row_shape, ","), NpyDescr(type),
                           fmt::join(shape, ",")),
               "the folder mixes files of two recordings: restore it from a copy");
  }
  size_t row_bytes = SizeOf(type);
  for (int64_t n : shape) row_bytes *= static_cast<size_t>(n);
  column.data = mapping->data() + header.data_offset;
  column.rows = row_bytes == 0
                    ? INT64_MAX
                    : static_cast<int64_t>((bytes.size() - header.data_offset) / row_bytes);
  return column;
}

// Whole lines: a last one without an end was being written when the program was killed. I003.
Result<std::vector<json>> ReadLines(const fs::path& path) {
  std::vector<json> lines;
  Result<std::string> text = ReadFile(path);
  if (!text) return lines;
  for (size_t at = 0;;) {
    const size_t end = text->find('\n', at);
    if (end == std::string::npos) return lines;
    json line = TryParseJson<json>(std::string_view(*text).substr(at, end - at));
    if (!line.is_object()) {
      Diagnostic error = MakeError(
          "I003",
          fmt::format("line {} of {} is no JSON object: it was damaged after it was written",
                      lines.size() + 1, path.filename().string()));
      error.help = {
          "restore the file from a copy, or remove the line: its episode loses its summary"};
      error.where.file = path.string();
      error.where.line = static_cast<int>(lines.size()) + 1;
      return Fail(std::move(error));
    }
    lines.push_back(std::move(line));
    at = end + 1;
  }
}

EpisodeSummary EpisodeFromJson(const json& in, const TraceSpec& spec) {
  EpisodeSummary episode;
  episode.env = in.value("env", 0);
  episode.episode = in.value("episode", int64_t{0});
  episode.world_seed = in.value("world_seed", uint64_t{0});
  episode.length = in.value("length", 0);
  // A non-finite number is null in JSON.
  auto number = [](const json& object, const char* key) {
    return object.contains(key) && object[key].is_number() ? object[key].get<double>()
                                                           : std::nan("");
  };
  episode.episode_return = number(in, "return");
  episode.success = in.value("success", false);
  episode.terminated = in.value("terminated", false);
  episode.truncated = in.value("truncated", false);
  episode.fault = in.value("fault", false);
  episode.cause = in.value("cause", "");
  const json metrics = in.value("metrics", json::object());
  for (const auto& metric : spec.metrics) {
    episode.metrics.push_back(number(metrics, metric.name.c_str()));
  }
  return episode;
}

TraceEvent EventFromJson(const json& in) {
  TraceEvent event;
  event.row_step = in.value("row_step", int64_t{0});
  if (in.contains("env") && in["env"].is_number()) event.env = in["env"];
  event.type = in.value("type", "");
  event.name = in.value("name", "");
  event.value = in.contains("value") && in["value"].is_number() ? in["value"].get<double>() : 0;
  event.text = in.value("text", "");
  event.episode = in.value("episode", std::vector<int64_t>{});
  event.step = in.value("step", std::vector<int>{});
  return event;
}

using SeedMap = std::map<std::pair<int, int64_t>, uint64_t>;  // (env, episode) -> world seed

// Blocks whose rows are all there, in order; the rest is a torn tail.
void PublishBlocks(const MappedColumn& blocks, int64_t rows_available, const SeedMap& seeds,
                   const TraceChunk* chunk, Trace& trace) {
  const auto* row = reinterpret_cast<const int64_t*>(blocks.data);
  int64_t next_row = 0;
  for (int64_t b = 0; b < blocks.rows; ++b, row += 5) {
    const int64_t rows = row[4];
    if (row[0] < 0 || row[0] > INT32_MAX || row[2] < 0 || row[2] > INT32_MAX ||
        row[3] != next_row || rows <= 0 || rows > kMaxBlockRows ||
        next_row + rows > rows_available) {
      return;
    }
    const auto seed = seeds.find({static_cast<int>(row[0]), row[1]});
    trace.Publish({static_cast<int>(row[0]), row[1], static_cast<int>(row[2]), next_row,
                   static_cast<int>(rows), seed != seeds.end() ? seed->second : 0, chunk,
                   next_row});
    next_row += rows;
  }
}

// May throw JSON type errors (a line of the right syntax and the wrong types).
Status ReadJsonl(const fs::path& path, const TraceSpec& spec, SeedMap& seeds,
                 std::vector<EpisodeSummary>& episodes, std::vector<TraceEvent>& events) {
  CARROT_ASSIGN_OR_RETURN(const std::vector<json> summaries, ReadLines(path / "episodes.jsonl"));
  CARROT_ASSIGN_OR_RETURN(const std::vector<json> happened, ReadLines(path / "events.jsonl"));
  for (const json& line : summaries) {
    episodes.push_back(EpisodeFromJson(line, spec));
    seeds[{episodes.back().env, episodes.back().episode}] = episodes.back().world_seed;
  }
  for (const json& line : happened) {
    TraceEvent event = EventFromJson(line);
    if (event.type != "episode") {
      events.push_back(std::move(event));
    } else if (!event.episode.empty()) {
      seeds[{event.env, event.episode[0]}] = line.value("world_seed", uint64_t{0});
    }
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const Trace>> OpenTrace(const fs::path& path) {
  const fs::path spec_path = path / "spec.json";
  std::error_code error;
  if (!fs::exists(spec_path, error)) {
    return Bad("I001", spec_path,
               fmt::format("`{}` is not a recording: it has no spec.json", path.string()),
               "give the folder that `carrot run --record` or `carrot eval` wrote (NAME.trace)");
  }
  CARROT_ASSIGN_OR_RETURN(const std::string text, ReadFile(spec_path));
  CARROT_ASSIGN_OR_RETURN(TraceSpec spec, TraceSpecFromJson(text, spec_path.string()));
  auto trace = std::make_shared<Trace>(std::move(spec));

  MappedColumn blocks;
  if (fs::exists(path / "blocks.npy", error)) {  // the last file to be created
    CARROT_ASSIGN_OR_RETURN(blocks, MapColumn(path / "blocks.npy", NpyType::kI8, {5}));
  } else {
    return trace;
  }
  struct Mappings {
    std::vector<std::shared_ptr<Mapping>> list;
  };
  auto mappings = std::make_shared<Mappings>();
  TraceChunk chunk;
  int64_t available = INT64_MAX, most = 0;
  for (const TraceColumn& column : trace->layout().columns) {
    CARROT_ASSIGN_OR_RETURN(MappedColumn mapped,
                            MapColumn(path / column.file, column.type, column.shape));
    chunk.columns.push_back({mapped.data, static_cast<int64_t>(column.row_bytes())});
    available = std::min(available, mapped.rows);
    if (mapped.rows != INT64_MAX) most = std::max(most, mapped.rows);
    mappings->list.push_back(std::move(mapped.mapping));
  }
  chunk.storage = mappings;
  chunk.capacity = available;

  SeedMap seeds;
  std::vector<EpisodeSummary> episodes;
  std::vector<TraceEvent> events;
  try {
    CARROT_RETURN_IF_ERROR(ReadJsonl(path, trace->spec(), seeds, episodes, events));
  } catch (const std::exception& e) {
    return Bad(
        "I003", path / "episodes.jsonl",
        fmt::format("a line of episodes.jsonl or events.jsonl is malformed: {}", JsonProblem(e)),
        "restore these files from a copy, or remove the malformed line");
  }
  PublishBlocks(blocks, available, seeds, trace->AdoptChunk(std::move(chunk)), *trace);
  trace->set_dropped_steps(most - trace->num_rows());

  // Lines may be ahead of the blocks: keep those of episodes whose last row is there.
  SeedMap last_steps;
  for (const TraceEpisodeRows& rows : trace->EpisodeRows()) {
    last_steps[{rows.env, rows.episode}] = rows.first_step + rows.rows - 1;
  }
  for (const EpisodeSummary& episode : episodes) {
    const auto last = last_steps.find({episode.env, episode.episode});
    if (last != last_steps.end() && last->second >= static_cast<uint64_t>(episode.length)) {
      trace->AddEpisode(episode);
    }
  }
  for (TraceEvent& event : events) trace->AddEvent(std::move(event));
  return trace;
}

}  // namespace carrot
