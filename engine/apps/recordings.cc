#include "engine/apps/recordings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/apps/arguments.h"
#include "engine/session/evaluation_json.h"
#include "engine/trace/trace_file.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

bool IsRecording(const fs::path& path) {
  std::error_code error;
  return fs::exists(path / "spec.json", error);
}

}  // namespace

std::vector<std::string> RecordingsIn(const std::string& path) {
  if (IsRecording(path)) return {path};
  std::error_code error;
  const fs::path inner = fs::path(path) / "traces";
  const fs::path folder = fs::is_directory(inner, error) ? inner : fs::path(path);
  std::vector<std::string> found;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (IsRecording(it->path())) found.push_back(it->path().string());
  }
  std::sort(found.begin(), found.end());
  return found.empty() ? std::vector<std::string>{path} : found;
}

std::vector<std::string> RecordingsIn(const std::vector<std::string>& paths) {
  std::vector<std::string> all;
  for (const std::string& path : paths) {
    for (std::string& found : RecordingsIn(path)) all.push_back(std::move(found));
  }
  return all;
}

std::string NewestRecordingIn(const std::string& path) { return RecordingsIn(path).back(); }

Result<std::shared_ptr<const Trace>> OpenFilledTrace(const std::string& path) {
  CARROT_ASSIGN_OR_RETURN(std::shared_ptr<const Trace> trace, OpenTrace(path));
  if (trace->num_rows() > 0) return trace;
  Diagnostic error = MakeError("I015", fmt::format("no step of {} can be read", path));
  if (trace->dropped_steps() > 0) {
    error.notes.push_back(
        fmt::format("its columns hold up to {} steps, but not one whole block of all of "
                    "them: a file is cut off or missing",
                    trace->dropped_steps()));
  }
  error.help = {"restore it from a copy, or record it again"};
  return Fail(std::move(error));
}

Result<Recordings> OpenRecordings(const std::vector<std::string>& paths, const std::string& task) {
  Recordings out;
  for (const std::string& path : paths)
    out.given += (out.given.empty() ? "" : " ") + ShellWord(path);
  for (const std::string& name : RecordingsIn(paths)) {
    CARROT_ASSIGN_OR_RETURN(auto trace, OpenFilledTrace(name));
    const std::string& recorded = trace->spec().task;
    if (!out.opened.empty() && recorded != out.traces[0]->spec().task) {
      return Fail(MakeError("U002",
                            fmt::format("{} is of task `{}`, {} of `{}`", name, recorded,
                                        out.names[0], out.traces[0]->spec().task),
                            {"compare recordings of one task"}));
    }
    CARROT_ASSIGN_OR_RETURN(RecordingLabels labels, ReadLabels(name));
    out.labels.push_back(std::move(labels));
    out.names.push_back(name);
    out.traces.push_back(trace.get());
    out.opened.push_back(std::move(trace));
  }
  if (out.opened.empty()) return Fail(MakeError("U002", "give recordings: --trace F.trace"));
  CARROT_ASSIGN_OR_RETURN(out.task, FindTask(task.empty() ? out.traces[0]->spec().task : task));
  return out;
}

Result<std::unique_ptr<ScoredReward>> ScoreRecordings(const Recordings& recordings,
                                                      const std::string& name,
                                                      const std::vector<std::string>& set,
                                                      ThreadPool& pool, Console& console) {
  auto scored = std::make_unique<ScoredReward>();
  std::string path = name;
  scored->name = name;
  if (name.empty()) {
    const fs::path kept = fs::path(recordings.names[0]) / "scripts" / "reward.lua";
    std::error_code error;
    if (fs::exists(kept, error)) path = kept.string();
    scored->name = "recorded";
  }
  ComparedReward& compared = scored->compared;
  CARROT_ASSIGN_OR_RETURN(compared.reward, OpenReward(path, recordings.task->spec(), console));
  const RewardSpec& spec = compared.reward->spec();
  compared.settings = name.empty() ? RecordedSettings(spec, recordings.traces[0]->spec())
                                   : DefaultSettings(spec, recordings.gamma());
  CARROT_RETURN_IF_ERROR(ApplySettings(set, spec, &compared.settings));
  scored->scores.reserve(recordings.traces.size());
  for (const Trace* trace : recordings.traces) {
    CARROT_ASSIGN_OR_RETURN(Score score, Rescore(*trace, recordings.task->spec().state,
                                                 *compared.reward, compared.settings, pool));
    AddExplainCommand(recordings.names[scored->scores.size()], *trace, name, &score.errors);
    for (Diagnostic& error : score.errors) scored->errors.push_back(std::move(error));
    scored->scores.push_back(std::move(score));
    compared.scores.push_back(&scored->scores.back());
  }
  return scored;
}

void AddExplainCommand(const std::string& path, const Trace& trace, const std::string& reward,
                       Diagnostics* errors) {
  const std::vector<TraceEpisodeRows> episodes = trace.EpisodeRows();
  for (Diagnostic& error : *errors) {
    if (!error.moment || error.moment->step < 1) continue;
    const auto it = std::find_if(episodes.begin(), episodes.end(), [&](const TraceEpisodeRows& e) {
      return e.world_seed == error.moment->world_seed;
    });
    if (it == episodes.end()) continue;
    const std::string script = reward.empty() ? "" : " --reward " + reward;
    error.notes.push_back(
        fmt::format("reproduce: carrot explain --trace {} --env {} --episode {} --step {}{}", path,
                    it->env, it->episode, error.moment->step, script));
  }
}

Json IntervalJson(const Interval& interval) {
  Json object = Json::object();
  PutNumber(object, "value", interval.value);
  PutNumber(object, "low", interval.low);
  PutNumber(object, "high", interval.high);
  return object;
}

Json PairsJson(const PairCounts& counts) {
  return {{"comparable", counts.comparable},
          {"agreeing", counts.agreeing},
          {"inverted", counts.inverted},
          {"tied", counts.tied}};
}

std::string Fixed(double value) {
  return std::isfinite(value) ? fmt::format("{:.3f}", value) : "-";
}

std::string IntervalText(const Interval& interval) {
  if (!std::isfinite(interval.value)) return "-";
  if (!std::isfinite(interval.low)) return fmt::format("{:.3f}", interval.value);
  return fmt::format("{:.3f} [{:.2f}, {:.2f}]", interval.value, interval.low, interval.high);
}

std::string TruthText(const Recordings& recordings, const std::vector<JudgedEpisode>& episodes,
                      const Stream& stream) {
  int64_t good = 0, labelled = 0;
  for (const JudgedEpisode& episode : episodes) {
    good += episode.truth > 0;
    labelled += episode.labelled;
  }
  const auto count = static_cast<int64_t>(episodes.size());
  const auto counted = [](size_t n, const char* what) {
    return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
  };
  std::string text =
      fmt::format("{}, {}: {} good, {} bad", counted(recordings.names.size(), "recording"),
                  counted(episodes.size(), "episode"), good, count - good);
  if (labelled > 0) text += fmt::format(" ({} by label)", labelled);
  text = Hang("", text + "; good: " + recordings.task->spec().success_doc, stream, 2);
  if (good == 0 || good == count) {
    text += Hang("not judged: ",
                 fmt::format("no {} episode (add one: carrot run --task {} --policy ... --record "
                             "F.trace)",
                             good == 0 ? "good" : "bad", recordings.task->spec().name),
                 stream, 2);
  }
  return text;
}

}  // namespace carrot
