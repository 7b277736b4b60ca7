// What speaks against a reward: lints and alarms on recordings, on a run, or on the task's corpus.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/apps/arguments.h"
#include "engine/apps/findings_text.h"
#include "engine/apps/options.h"
#include "engine/apps/recordings.h"
#include "engine/apps/table.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/base/json_text.h"
#include "engine/base/paths.h"
#include "engine/session/corpus.h"
#include "engine/session/evaluation_json.h"
#include "engine/session/train.h"
#include "engine/trace/trace_file.h"
#include "rewards/analysis/alarms.h"
#include "rewards/analysis/lints.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

// A line of events.jsonl that says so, whole.
bool IsAlarm(const Json& line) {
  const auto has = [&](const char* key, bool (Json::*is)() const noexcept) {
    return line.contains(key) && (line[key].*is)();
  };
  return line.is_object() && has("type", &Json::is_string) && line["type"] == "alarm" &&
         has("code", &Json::is_string) && has("message", &Json::is_string) &&
         has("step", &Json::is_number_integer);
}

class AuditVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        TracesOption(&traces_, "recordings", false),
        {"--run",
         "DIR",
         "a run folder: its evaluations, and the alarms of its training",
         &run_,
         false,
         {},
         Offer::kFile},
        {"--task",
         "TASK",
         "audit on the task's corpus; or where the recorded task is",
         &task_name_,
         false,
         {},
         Offer::kTask},
        RewardOption(&reward_name_, "name or path; without it the recorded script"),
        SetOption(&set_),
        {"--fail-on",
         "LEVEL",
         "exit 1 on findings of this level or above",
         &fail_on_,
         false,
         {"warning", "error", "alarm"}},
        WorkersOption(&workers_),
    };
  }

  ExitCode Run(Console& console) override {
    ThreadPool pool(Workers(workers_));
    Status status = Audit(console, pool);
    if (!status) return console.Fail(status.error());
    if (console.json()) {
      PrintAsJson(console);
    } else {
      PrintAsText(console);
    }
    console.Show(overflows_);
    if (!overflows_.empty()) return console.CodeOf(overflows_);
    const bool trained_badly = !training_alarms_.empty();
    if (fail_on_.empty()) return ExitCode::kOk;
    const Level level = fail_on_ == "warning" ? Level::kWarning
                        : fail_on_ == "error" ? Level::kError
                                              : Level::kAlarm;
    return AnyAt(findings_, level) || trained_badly ? ExitCode::kNegative : ExitCode::kOk;
  }

 private:
  Status Audit(Console& console, ThreadPool& pool);
  Status FromRun();
  Status FromTraces();
  Status FromCorpus(Console& console, ThreadPool& pool);
  Status Open(const std::string& path) {
    CARROT_ASSIGN_OR_RETURN(auto trace, OpenFilledTrace(path));
    recordings_.push_back({path, std::move(trace)});
    return {};
  }
  void PrintAsJson(Console& console) const;
  void PrintAsText(Console& console) const;

  std::vector<std::string> traces_, set_;
  std::string run_, task_name_, reward_name_, fail_on_;
  int64_t workers_ = 0;

  std::vector<Recording> recordings_;
  std::shared_ptr<const Task> task_;
  std::shared_ptr<const RewardFunction> reward_;
  RewardSettings settings_;
  Evidence evidence_;
  Findings findings_;
  Diagnostics overflows_;  // R036: other numbers of that reward mean little
  Json training_alarms_ = Json::array();
};

Status AuditVerb::Audit(Console& console, ThreadPool& pool) {
  const int sources = !traces_.empty() + !run_.empty();
  if (sources == 2 || (sources == 0 && task_name_.empty())) {
    return Fail(
        MakeError("U002", "give --trace F..., or --run DIR, or --task TASK for its corpus"));
  }
  CARROT_RETURN_IF_ERROR(!run_.empty()      ? FromRun()
                         : !traces_.empty() ? FromTraces()
                                            : FromCorpus(console, pool));
  CARROT_RETURN_IF_ERROR(ApplySettings(set_, reward_->spec(), &settings_));
  CARROT_ASSIGN_OR_RETURN(
      evidence_, JudgeReward(std::move(recordings_), task_->spec(), *reward_, settings_, pool));
  findings_ = Apply(LintRules(), evidence_);
  for (Finding& finding :
       FindAlarms(evidence_, run_.empty() ? std::vector<Stage>() : StagesOf(evidence_))) {
    findings_.push_back(std::move(finding));
  }
  // What the training saw needs no second judgement on its few evaluations.
  std::erase_if(findings_, [&](const Finding& finding) {
    return !finding.judged &&
           std::any_of(training_alarms_.begin(), training_alarms_.end(),
                       [&](const Json& alarm) { return alarm["code"] == finding.code; });
  });
  for (const ScoredRecording& recording : evidence_.recordings) {
    for (const Diagnostic& error : recording.score.errors) {
      if (error.code == "R036") Merge({error}, &overflows_);
    }
  }
  return {};
}

// The evaluations in the order of training. Alarms of the training belong to its own reward.
Status AuditVerb::FromRun() {
  CARROT_ASSIGN_OR_RETURN(const StoredRun run, ReadRun(run_));
  CARROT_ASSIGN_OR_RETURN(task_, FindTask(task_name_.empty() ? run.config.task_name : task_name_));
  std::vector<std::string> paths;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(fs::path(run_) / "traces", ec)) {
    if (entry.path().extension() == ".trace") paths.push_back(entry.path().string());
  }
  if (paths.empty()) {
    return Fail(MakeError("I001", fmt::format("{} has no evaluation yet", run_),
                          {"let it train on: carrot train --resume " + run_}));
  }
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) CARROT_RETURN_IF_ERROR(Open(path));
  const bool own = reward_name_.empty();
  CARROT_ASSIGN_OR_RETURN(reward_,
                          OpenReward(own ? run.reward_file.string() : reward_name_, task_->spec()));
  settings_ = DefaultSettings(reward_->spec(), run.config.ppo.gamma);
  if (!own) return {};
  settings_ = RecordedSettings(reward_->spec(), recordings_[0].trace->spec());
  Result<std::string> events = ReadFile(fs::path(run_) / "events.jsonl");
  if (!events) return {};
  for (size_t at = 0; at < events->size();) {
    const size_t end = std::min(events->find('\n', at), events->size());
    Json line = TryParseJson<Json>(events->substr(at, end - at));
    if (IsAlarm(line)) {
      training_alarms_.push_back(std::move(line));
    }
    at = end + 1;
  }
  return {};
}

Status AuditVerb::FromTraces() {
  for (const std::string& path : traces_) CARROT_RETURN_IF_ERROR(Open(path));
  const TraceSpec& spec = recordings_[0].trace->spec();
  for (const Recording& recording : recordings_) {
    const std::string& task = recording.trace->spec().task;
    if (task == spec.task) continue;
    return Fail(MakeError("U002",
                          fmt::format("{} is of task `{}`, {} of `{}`", recordings_[0].name,
                                      spec.task, recording.name, task),
                          {"audit recordings of one task together"}));
  }
  CARROT_ASSIGN_OR_RETURN(task_, FindTask(task_name_.empty() ? spec.task : task_name_));
  const fs::path kept = fs::path(traces_[0]) / "scripts" / "reward.lua";
  const bool recorded = reward_name_.empty() && fs::exists(kept);
  CARROT_ASSIGN_OR_RETURN(reward_,
                          OpenReward(recorded ? kept.string() : reward_name_, task_->spec()));
  settings_ = recorded ? RecordedSettings(reward_->spec(), spec)
                       : DefaultSettings(reward_->spec(), spec.gamma);
  return {};
}

Status AuditVerb::FromCorpus(Console& console, ThreadPool& pool) {
  CARROT_ASSIGN_OR_RETURN(task_, FindTask(task_name_));
  CARROT_ASSIGN_OR_RETURN(reward_, OpenReward(reward_name_, task_->spec()));
  settings_ = DefaultSettings(reward_->spec(), 0.99);
  CARROT_ASSIGN_OR_RETURN(recordings_, LoadCorpus(task_, pool, [&] {
                            console.Note("recording the task's corpus, once");
                          }));
  return {};
}

void AuditVerb::PrintAsJson(Console& console) const {
  const TermRelations& relations = evidence_.relations;
  Json document = {{"task", task_->spec().name},
                   {"reward", reward_->spec().name},
                   {"reward_hash", reward_->spec().hash},
                   {"recordings", Json::array()},
                   {"episodes", evidence_.episodes.size()},
                   {"successes", evidence_.Class(true).size()},
                   {"steps", evidence_.rows},
                   {"terms", Json::array()},
                   {"findings", Json::array()},
                   {"training_alarms", training_alarms_}};
  for (const ScoredRecording& recording : evidence_.recordings) {
    document["recordings"].push_back(recording.source.name);
  }
  for (size_t k = 0; k < evidence_.terms.size(); ++k) {
    const TermRow& term = evidence_.terms[k];
    Json row = {{"name", term.name}, {"kind", Name(term.kind)}};
    PutNumber(row, "weight", term.weight);
    PutNumber(row, "mean", term.mean);
    PutNumber(row, "std", term.std);
    PutNumber(row, "min", term.min);
    PutNumber(row, "max", term.max);
    PutNumber(row, "activation", term.activation);
    PutNumber(row, "magnitude_share", term.magnitude_share);
    PutNumber(row, "signed_share", term.signed_share);
    PutNumber(row, "success_correlation", relations.success_correlation[k]);
    PutNumber(row, "at_success", relations.at_success[k]);
    PutNumber(row, "at_failure", relations.at_failure[k]);
    for (size_t other = 0; other < evidence_.terms.size(); ++other) {
      PutNumber(row["correlation"], evidence_.terms[other].name,
                relations.Between(static_cast<int>(k), static_cast<int>(other)));
    }
    document["terms"].push_back(std::move(row));
  }
  for (const Finding& finding : findings_) document["findings"].push_back(ToJson(finding));
  for (const Diagnostic& error : overflows_) document["errors"].push_back(Json(ToJson(error)));
  console.PrintJson(document);
}

void AuditVerb::PrintAsText(Console& console) const {
  const TermRelations& relations = evidence_.relations;
  Table table({{"term", Align::kLeft},
               {"weight"},
               {"share", Align::kRight, "of |paid|"},
               {"signed", Align::kRight, "of paid"},
               {"success", Align::kRight, "correl."},
               {"at success", Align::kRight, "an episode"},
               {"at failure", Align::kRight, "an episode"}});
  for (size_t k = 0; k < evidence_.terms.size(); ++k) {
    const TermRow& term = evidence_.terms[k];
    const double r = relations.success_correlation[k];
    table.Row({term.name, Short(term.weight), Percent(term.magnitude_share),
               Percent(term.signed_share), std::isnan(r) ? "-" : fmt::format("{:.2f}", r),
               Short(relations.at_success[k]), Short(relations.at_failure[k])});
  }
  console.Print(table.Render(console.out()));
  console.Print(fmt::format("{} episodes, {} successes, {} steps in {} recordings\n\n",
                            evidence_.episodes.size(), evidence_.Class(true).size(), evidence_.rows,
                            evidence_.recordings.size()));
  for (const auto& alarm : training_alarms_) {
    console.Print(
        Hang(fmt::format("alarm {} at {} steps of training: ", alarm["code"].get<std::string>(),
                         Thousands(alarm["step"].get<int64_t>())),
             alarm["message"].get<std::string>(), console.out(), 2));
  }
  console.Print(FindingsText(findings_, Level::kInfo, console.out()));
}

}  // namespace

std::unique_ptr<Verb> MakeAudit() { return std::make_unique<AuditVerb>(); }

}  // namespace carrot
