// Finds what is wrong with a script before it costs anything: load, examples, a short run.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/apps/arguments.h"
#include "engine/apps/findings_text.h"
#include "engine/apps/options.h"
#include "engine/apps/recordings.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/session/corpus.h"
#include "engine/session/evaluate.h"
#include "engine/trace/trace_file.h"
#include "engine/trace/trace_writer.h"
#include "rewards/analysis/hidden_state.h"
#include "rewards/analysis/lints.h"
#include "rewards/host/lua_reward.h"

namespace carrot {
namespace {

constexpr int kSmokeEpisodes = 4, kSmokeSteps = 250;
constexpr double kGamma = 0.99;  // as training's default

const char* SeverityName(Severity severity) {
  return severity == Severity::kError     ? "error"
         : severity == Severity::kWarning ? "warning"
                                          : "info";
}

// "1 error, 2 warnings", "no problem found; 1 remark".
std::string CountText(const Diagnostics& found) {
  constexpr std::pair<Severity, const char*> kNames[] = {
      {Severity::kError, "error"}, {Severity::kWarning, "warning"}, {Severity::kInfo, "remark"}};
  std::string text;
  for (const auto& [severity, name] : kNames) {
    const auto count =
        std::count_if(found.begin(), found.end(),
                      [severity = severity](const auto& d) { return d.severity == severity; });
    if (count == 0) continue;
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", count, name, count == 1 ? "" : "s");
  }
  const bool remarks_alone = std::all_of(
      found.begin(), found.end(), [](const auto& d) { return d.severity == Severity::kInfo; });
  return !remarks_alone ? text : "no problem found" + (text.empty() ? "" : "; " + text);
}

// What `carrot api` writes for editors begins so; `check *.lua` meets it.
bool IsStub(const std::string& path) {
  constexpr std::string_view kMark = "---@meta";
  std::error_code ec;
  if (!std::filesystem::is_regular_file(path, ec)) return false;  // a pipe would never end
  std::string begin(kMark.size(), 0);
  std::ifstream(path).read(begin.data(), static_cast<std::streamsize>(begin.size()));
  return begin == kMark;
}

class CheckVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        {"paths", "PATH", "reward scripts or task.lua files", &paths_, true, {}, Offer::kFile},
        {"--task",
         "TASK",
         "the task that the rewards are for, if they do not say",
         &task_name_,
         false,
         {},
         Offer::kTask},
        {"--format",
         "FORM",
         "pretty, gnu (file:line:col: error: text) or json",
         &format_,
         false,
         {"pretty", "gnu", "json"}},
        {"--deny", "WHAT", "exit 1 on warnings alone", &deny_, false, {"warnings"}},
        TracesOption(&traces_, "judge the rewards on these recordings as well as on the corpus",
                     false),
        {"--no-smoke", "", "do not run the script, neither a few steps nor on the corpus",
         &no_smoke_},
    };
  }

  ExitCode Run(Console& console) override {
    Json files = Json::array();
    Diagnostics all;
    for (const std::string& path : paths_) {
      if (IsStub(path)) {
        if (Form(console) == "pretty")
          console.Print(path + ": skipped: for editors, not a script\n");
        files.push_back({{"path", path}, {"skipped", "for editors, not a script"}});
        continue;
      }
      Findings findings;
      Diagnostics found = Check(console, path, &findings);
      Json entry = {{"path", path}, {"diagnostics", Json::array()}};
      for (const Diagnostic& diagnostic : found) {
        entry["diagnostics"].push_back(Json(ToJson(diagnostic)));
      }
      entry["findings"] = Json::array();
      for (const Finding& finding : findings) entry["findings"].push_back(ToJson(finding));
      files.push_back(std::move(entry));
      Print(console, path, found, Kept(console, findings));
      if (Form(console) == "pretty") console.Print(NotJudgedText(findings, console.out()));
      all.insert(all.end(), found.begin(), found.end());
    }
    if (Form(console) == "json") console.PrintJson({{"files", files}, {"ok", !HasError(all)}});
    if (HasError(all)) return WorstOf(console, all);
    const bool warned = std::any_of(all.begin(), all.end(), [](const Diagnostic& d) {
      return d.severity == Severity::kWarning;
    });
    return warned && deny_ == "warnings" ? ExitCode::kNegative : ExitCode::kOk;
  }

 private:
  std::string Form(const Console& console) const { return console.json() ? "json" : format_; }

  static Level LeastShown(const Console& console) {
    return console.verbosity() > 0 ? Level::kInfo : Level::kWarning;
  }
  // A reward with any error is code 3, over its budget too; a missing file or a task is code 4.
  static ExitCode WorstOf(const Console& console, const Diagnostics& all) {
    const ExitCode code = console.CodeOf(all);
    return code == ExitCode::kBudget ? ExitCode::kReward : code;
  }

  Diagnostics Check(Console& console, const std::string& path, Findings* findings) const {
    std::error_code ec;
    const bool is_task = std::filesystem::path(path).filename() == "task.lua" ||
                         std::filesystem::is_directory(path, ec);
    return is_task ? CheckTask(path) : CheckReward(console, path, findings);
  }
  Diagnostics CheckTask(const std::string& path) const {
    Result<std::shared_ptr<const Task>> task = FindTask(path);
    if (!task) return std::move(task).error();
    return no_smoke_ ? Diagnostics{} : Smoke(*task, nullptr);
  }
  Diagnostics CheckReward(Console& console, const std::string& path, Findings* findings) const {
    std::string task_name = task_name_;
    if (task_name.empty()) {
      Result<std::string> named = TaskOfReward(path);
      if (!named) return std::move(named).error();
      task_name = *named;
    }
    Result<std::shared_ptr<const Task>> task = FindTask(task_name);
    if (!task) return std::move(task).error();
    Result<std::shared_ptr<const RewardFunction>> reward = LoadReward(path, (*task)->spec());
    if (!reward) return std::move(reward).error();
    Diagnostics found = RunExpects(**reward, **task);
    if (no_smoke_ || HasError(found)) return found;
    for (Diagnostic& diagnostic : Smoke(*task, *reward)) found.push_back(std::move(diagnostic));
    // A script that fails in a few hundred rows would fail in all of the corpus, at the cost of its
    // whole budget each time.
    if (HasError(found)) return found;
    Result<Findings> lints = Lint(console, *task, **reward);
    if (!lints) return std::move(lints).error();
    *findings = std::move(*lints);
    for (const Finding& finding : *findings) {
      if (!finding.judged || !finding.muted.empty() || finding.level < LeastShown(console))
        continue;
      found.push_back(ToDiagnostic(finding, (*reward)->spec().source));
    }
    return found;
  }
  Result<Findings> Lint(Console& console, const std::shared_ptr<const Task>& task,
                        const RewardFunction& reward) const {
    ThreadPool pool(Workers(0));
    CARROT_ASSIGN_OR_RETURN(
        std::vector<Recording> recordings, LoadCorpus(task, pool, [&] {
          console.Note(fmt::format("recording the corpus of {}, once", task->spec().name));
        }));
    for (const std::string& path : RecordingsIn(traces_)) {
      CARROT_ASSIGN_OR_RETURN(auto trace, OpenTrace(path));
      if (trace->spec().task != task->spec().name) {
        return Fail(MakeError("U002", fmt::format("{} is of task `{}`, not of `{}`", path,
                                                  trace->spec().task, task->spec().name)));
      }
      recordings.push_back({path, std::move(trace)});
    }
    CARROT_ASSIGN_OR_RETURN(const Evidence evidence,
                            JudgeReward(std::move(recordings), task->spec(), reward,
                                        DefaultSettings(reward.spec(), kGamma), pool));
    return Apply(LintRules(), evidence);
  }
  // A few episodes: what fails at run time, and what is remembered where it must not be.
  static Diagnostics Smoke(std::shared_ptr<const Task> task,
                           std::shared_ptr<const RewardFunction> reward) {
    Result<Actor> actor = Actor::Load("random", task->spec());
    if (!actor) return std::move(actor).error();
    ThreadPool pool(1);
    EvaluateOptions options;
    options.episodes = kSmokeEpisodes;
    options.max_steps = kSmokeSteps;
    Result<TraceSpec> spec = MakeTraceSpec(task->spec(), reward ? &reward->spec() : nullptr, {});
    if (!spec) return std::move(spec).error();
    const auto trace = std::make_shared<Trace>(std::move(*spec));
    std::unique_ptr<TraceWriter> writer;
    options.sink = [&](int num_envs) -> StepSink* {
      writer = std::make_unique<TraceWriter>(trace, task->spec().state, num_envs);
      return writer.get();
    };
    Result<EvaluateResult> result = Evaluate(task, reward, *actor, pool, options);
    if (!result) return std::move(result).error();
    writer->CommitAll();
    Diagnostics found = std::move(result->errors);
    if (reward != nullptr && !HasError(found)) {
      for (Diagnostic& d : FindHiddenState(*trace, task->spec().state, *reward)) {
        found.push_back(std::move(d));
      }
    }
    return found;
  }
  // "; 2 more remarks with -v"
  static std::string Kept(const Console& console, const Findings& findings) {
    const auto kept = std::count_if(findings.begin(), findings.end(), [&](const Finding& finding) {
      return finding.judged && finding.muted.empty() && finding.level < LeastShown(console);
    });
    if (kept == 0) return "";
    return fmt::format("; {} remark{} with -v", kept, kept == 1 ? "" : "s");
  }
  void Print(Console& console, const std::string& path, const Diagnostics& found,
             const std::string& kept) const {
    const std::string form = Form(console);
    if (form == "gnu") {
      for (const Diagnostic& d : found) {
        const std::string& file = d.where.file.empty() ? path : d.where.file;
        console.Print(fmt::format("{}:{}:{}: {}: {} [{}]\n", file, std::max(1, d.where.line),
                                  std::max(1, d.where.column), SeverityName(d.severity), d.message,
                                  d.code));
      }
    } else if (form == "pretty") {
      if (!found.empty()) console.Print(Format(found, console.out().color));
      console.Print(fmt::format("{}: {}\n", path, CountText(found) + kept));
    }
  }

  std::vector<std::string> paths_, traces_;
  std::string task_name_, format_ = "pretty", deny_;
  bool no_smoke_ = false;
};

}  // namespace

std::unique_ptr<Verb> MakeCheck() { return std::make_unique<CheckVerb>(); }

}  // namespace carrot
