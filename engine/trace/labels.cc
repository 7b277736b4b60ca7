#include "engine/trace/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/json_text.h"
#include "engine/base/paths.h"
#include "engine/base/suggest.h"
#include "engine/trace/file_ops.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;
using LabelJson = nlohmann::ordered_json;

constexpr const char* kLabelFile = "labels.jsonl";
constexpr const char* kLabelKinds[] = {"good", "bad", "rating", "better", "error", "bookmark"};

// Whatever was typed, the line is UTF-8.
std::string LabelLine(const LabelJson& json) { return JsonText(json) + "\n"; }

LabelJson ToLabelJson(const EpisodeLabel& label, const std::string& recording) {
  LabelJson json = {
      {"id", label.id}, {"env", label.env}, {"episode", label.episode}, {"kind", Name(label.kind)}};
  if (label.kind == LabelKind::kRating) json["value"] = label.value;
  if (!label.text.empty()) json["text"] = label.text;
  if (label.from >= 0) json["steps"] = {label.from, label.to};
  if (label.kind == LabelKind::kBetter) {
    LabelJson than = LabelJson::object();
    if (label.other_recording != recording) {
      than["recording"] = fs::path(label.other_recording).lexically_relative(recording).string();
    }
    than["env"] = label.other_env;
    than["episode"] = label.other_episode;
    json["than"] = std::move(than);
  }
  return json;
}

// Throws on a missing or wrong value.
EpisodeLabel FromLabelJson(const LabelJson& json, const std::string& recording) {
  EpisodeLabel label;
  label.env = json.at("env");
  label.episode = json.at("episode");
  const std::string kind = json.at("kind");
  const auto found = std::find(std::begin(kLabelKinds), std::end(kLabelKinds), kind);
  if (found == std::end(kLabelKinds)) throw std::runtime_error("another kind");
  label.kind = static_cast<LabelKind>(found - std::begin(kLabelKinds));
  label.value = json.value("value", 0.0);
  label.text = json.value("text", std::string());
  if (json.contains("steps")) {
    label.from = json["steps"].at(0);
    label.to = json["steps"].at(1);
  }
  if (label.kind == LabelKind::kBetter) {
    const LabelJson& than = json.at("than");
    label.other_recording =
        than.contains("recording")
            ? (fs::path(recording) / than["recording"].get<std::string>()).lexically_normal()
            : fs::path(recording);
    label.other_env = than.at("env");
    label.other_episode = than.at("episode");
  }
  return label;
}

void EraseId(std::vector<EpisodeLabel>& labels, int64_t id) {
  std::erase_if(labels, [&](const EpisodeLabel& label) { return label.id == id; });
}

void Replay(const std::string& line, RecordingLabels& out) {
  const LabelJson json = ParseJson<LabelJson>(line);
  if (json.value("removed", false)) {
    EraseId(out.labels, json.at("id"));
    return;
  }
  EpisodeLabel label = FromLabelJson(json, out.recording);
  label.id = json.at("id");
  constexpr int64_t kMostId = int64_t{1} << 53;  // the next ones must have room, and JSON's readers
  if (label.id < 1 || label.id > kMostId) throw std::runtime_error("no id");
  const auto same = std::find_if(out.labels.begin(), out.labels.end(),
                                 [&](const EpisodeLabel& l) { return l.id == label.id; });
  if (same != out.labels.end()) {
    *same = std::move(label);
  } else {
    out.labels.push_back(std::move(label));
  }
}

bool SamePair(const EpisodeLabel& a, const EpisodeLabel& b) {
  return a.other_env == b.other_env && a.other_episode == b.other_episode &&
         a.other_recording == b.other_recording;
}

// Whether both cannot be said at once.
bool Contradict(const EpisodeLabel& a, const EpisodeLabel& b, const std::string& recording) {
  const auto judges = [](LabelKind kind) {
    return kind == LabelKind::kGood || kind == LabelKind::kBad;
  };
  if (judges(a.kind)) return judges(b.kind) && a.Of(b.env, b.episode);
  if (a.kind != b.kind) return false;
  if (a.kind == LabelKind::kBetter && !a.Of(b.env, b.episode)) {  // the other way round
    return a.other_recording == recording && b.other_recording == recording &&
           a.Of(b.other_env, b.other_episode) && b.Of(a.other_env, a.other_episode);
  }
  if (!a.Of(b.env, b.episode)) return false;
  if (a.kind == LabelKind::kBetter) return SamePair(a, b);
  if (a.kind == LabelKind::kBookmark) return a.from == b.from;
  return a.kind == LabelKind::kRating;
}

}  // namespace

const char* Name(LabelKind kind) { return kLabelKinds[static_cast<int>(kind)]; }

Result<LabelKind> LabelKindOf(const std::string& name) {
  for (size_t i = 0; i < std::size(kLabelKinds); ++i) {
    if (name == kLabelKinds[i]) return static_cast<LabelKind>(i);
  }
  Diagnostic error = MakeError("U002", fmt::format("there is no kind of label `{}`", name));
  const std::vector<std::string> names(std::begin(kLabelKinds), std::end(kLabelKinds));
  if (auto near = Suggest(name, names); !near.empty())
    error.help = {"did you mean `" + near + "`?"};
  return Fail(std::move(error));
}

std::string RecordingPath(const fs::path& recording) {
  std::error_code error;
  fs::path path = fs::weakly_canonical(fs::absolute(recording, error), error);
  if (error) path = recording.lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // "a.trace/"
  return path.string();
}

Result<RecordingLabels> ReadLabels(const fs::path& recording) {
  RecordingLabels out;
  out.recording = RecordingPath(recording);
  std::error_code error;
  if (!fs::exists(recording / kLabelFile, error)) return out;
  CARROT_ASSIGN_OR_RETURN(const std::string text, ReadFile(recording / kLabelFile));
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.size(), text.find('\n', at));
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.empty()) continue;
    try {  // nlohmann throws on what is no label; nothing leaves this function
      Replay(line, out);
    } catch (const std::exception&) {
      ++out.skipped;
    }
  }
  return out;
}

LabelFile::LabelFile(fs::path path, RecordingLabels labels) : path_(std::move(path)) {
  for (const EpisodeLabel& label : labels.labels) last_id_ = std::max(last_id_, label.id);
  labels_ = std::make_shared<const RecordingLabels>(std::move(labels));
}

Result<LabelFile> LabelFile::Open(const fs::path& recording) {
  CARROT_ASSIGN_OR_RETURN(RecordingLabels labels, ReadLabels(recording));
  return LabelFile(recording / kLabelFile, std::move(labels));
}

// Whole lines, on the disk when it returns. A torn one before them is ended first.
Status LabelFile::Append(const std::string& lines) const {
  std::error_code error;
  std::string text;
  if (fs::exists(path_, error)) {
    CARROT_ASSIGN_OR_RETURN(text, ReadFile(path_));
  }
  const bool torn = !text.empty() && text.back() != '\n';
  CARROT_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Open(path_, SystemFileOps(), true));
  CARROT_RETURN_IF_ERROR(file.Append((torn ? "\n" : "") + lines));
  return file.Sync();
}

Status LabelFile::Put(EpisodeLabel label) {
  RecordingLabels next = *labels_;
  std::string lines;
  std::erase_if(next.labels, [&](const EpisodeLabel& old) {
    if (old.id == label.id || !Contradict(old, label, next.recording)) return false;
    if (label.id == 0) {  // the same label with another answer
      label.id = old.id;
      return false;
    }
    lines += LabelLine({{"id", old.id}, {"removed", true}});
    return true;
  });
  const int64_t id = label.id > 0 ? label.id : last_id_ + 1;
  label.id = id;
  const std::string line = LabelLine(ToLabelJson(label, next.recording));
  const auto same = std::find_if(next.labels.begin(), next.labels.end(),
                                 [&](const EpisodeLabel& old) { return old.id == id; });
  if (same != next.labels.end()) {
    *same = std::move(label);
  } else {
    next.labels.push_back(std::move(label));
  }
  CARROT_RETURN_IF_ERROR(Append(line + lines));  // torn between the two, nothing is lost
  last_id_ = std::max(last_id_, id);
  labels_ = std::make_shared<const RecordingLabels>(std::move(next));
  return {};
}

Status LabelFile::Remove(int64_t id) {
  RecordingLabels next = *labels_;
  EraseId(next.labels, id);
  if (next.labels.size() == labels_->labels.size()) {
    return Fail(MakeError("U002", fmt::format("there is no label {}", id)));
  }
  CARROT_RETURN_IF_ERROR(Append(LabelLine({{"id", id}, {"removed", true}})));
  labels_ = std::make_shared<const RecordingLabels>(std::move(next));
  return {};
}

}  // namespace carrot
