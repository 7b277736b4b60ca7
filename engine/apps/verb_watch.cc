// Edit a reward script and see at each save what is wrong with it, or what it now pays on recorded
// behaviour. Nothing is simulated after the start.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/apps/arguments.h"
#include "engine/apps/interrupt.h"
#include "engine/apps/machine.h"
#include "engine/apps/options.h"
#include "engine/apps/recordings.h"
#include "engine/apps/swap_report.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/base/json_text.h"
#include "engine/base/monotonic.h"
#include "engine/script/script_watcher.h"
#include "engine/session/evaluate.h"
#include "engine/session/evaluation_json.h"
#include "engine/session/hot_swap.h"
#include "engine/trace/trace_file.h"
#include "engine/trace/trace_writer.h"
#include "rewards/host/lua_reward.h"

namespace carrot {
namespace {

constexpr int kRolloutEpisodes = 16, kRolloutSteps = 1000;

// Random episodes of the task with every field, so that any script can be scored on them.
Result<std::shared_ptr<const Trace>> RecordRollout(const std::shared_ptr<const Task>& task,
                                                   ThreadPool& pool) {
  CARROT_ASSIGN_OR_RETURN(Actor actor, Actor::Load("random", task->spec()));
  CARROT_ASSIGN_OR_RETURN(
      TraceSpec spec,
      MakeTraceSpec(task->spec(), nullptr, {.record_fields = task->spec().state.Names()}));
  const auto trace = std::make_shared<Trace>(std::move(spec));
  std::unique_ptr<TraceWriter> writer;
  EvaluateOptions options;
  options.episodes = kRolloutEpisodes;
  options.max_steps = kRolloutSteps;
  options.cancel = &Interrupted();
  options.sink = [&](int num_envs) -> StepSink* {
    writer = std::make_unique<TraceWriter>(trace, task->spec().state, num_envs);
    return writer.get();
  };
  CARROT_RETURN_IF_ERROR(Evaluate(task, nullptr, actor, pool, options));
  writer->CommitAll();
  return trace;
}

class WatchVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        {"file", "FILE", "the reward script", &path_, true, {}, Offer::kFile},
        {"--task",
         "TASK",
         "the task that the reward is for, if it does not say",
         &task_name_,
         false,
         {},
         Offer::kTask},
        TracesOption(&traces_, "recordings to score; without any, random episodes", false),
        {"--set",
         "NAME=VALUE",
         "weight or parameter that stays as it is over reloads; may be repeated",
         &set_,
         false,
         {},
         Offer::kSetting,
         false},
        {"--jsonl", "", "print one JSON object a line for each reload", &jsonl_},
        {"--reloads", "N", "end after so many reloads (0: at Ctrl+C)", &reloads_},
        WorkersOption(&workers_),
    };
  }

  ExitCode Run(Console& console) override {
    ThreadPool pool(Workers(workers_));
    Status opened = Open(console, pool);
    if (!opened) return console.Fail(opened.error());
    HotSwap swap(task_, path_, recordings_, pool);
    Result<std::unique_ptr<ScriptWatcher>> watcher = ScriptWatcher::Create();
    if (!watcher) return console.Fail(watcher.error());
    ExitCode code = ExitCode::kOk;
    for (int64_t reload = 1; !Interrupted().load(); ++reload) {
      // Watched before it is read, so that no save falls between the two.
      Status watched = (*watcher)->Watch(swap.Files());
      if (!watched) return console.Fail(watched.error());
      const double start = MonotonicSeconds();
      SwapReport report = swap.Reload();
      RunExamples(&report);
      Status tuned = Tune(swap, &report);
      if (!tuned) return console.Fail(tuned.error());
      const double seconds = MonotonicSeconds() - start;
      code = HasError(report.diagnostics) ? console.CodeOf(report.diagnostics) : ExitCode::kOk;
      Print(console, reload, report, swap.aside(), seconds);
      if (reload == reloads_) break;
      while (!Interrupted().load() && (*watcher)->Wait(-1, InterruptDescriptor()).empty()) {
      }
    }
    if (console.json() && !jsonl_) console.PrintJson({{"reloads", all_}});
    return code;
  }

 private:
  Status Open(Console& console, ThreadPool& pool) {
    if (task_name_.empty()) {
      CARROT_ASSIGN_OR_RETURN(task_name_, TaskOfReward(path_));
    }
    CARROT_ASSIGN_OR_RETURN(task_, FindTask(task_name_));
    for (const std::string& path : RecordingsIn(traces_)) {
      CARROT_ASSIGN_OR_RETURN(std::shared_ptr<const Trace> trace, OpenTrace(path));
      recordings_.push_back(std::move(trace));
    }
    if (recordings_.empty()) {
      console.Note(
          fmt::format("recording {} random episodes of {}", kRolloutEpisodes, task_->spec().name));
      CARROT_ASSIGN_OR_RETURN(std::shared_ptr<const Trace> trace, RecordRollout(task_, pool));
      recordings_.push_back(std::move(trace));
    }
    return {};
  }

  // The script's `expect`, as `check` does. A version that breaks an example is in use all the
  // same: what it pays may be what one wants to see.
  void RunExamples(SwapReport* report) const {
    if (!report->swapped) return;
    for (Diagnostic& error : RunExpects(*report->now->function, *task_)) {
      error.notes.push_back("this version is in use all the same");
      report->diagnostics.push_back(std::move(error));
    }
  }

  // --set belongs to the first version that loads; HotSwap carries it on.
  Status Tune(HotSwap& swap, SwapReport* report) {
    if (set_.empty() || !report->swapped || report->now->version != 1) return {};
    RewardSettings settings = report->now->settings;
    CARROT_RETURN_IF_ERROR(ApplySettings(set_, report->now->function->spec(), &settings));
    CARROT_RETURN_IF_ERROR(swap.Tune(settings));
    report->now = swap.live();
    return {};
  }

  void Print(Console& console, int64_t reload, const SwapReport& report,
             const TunedValues::Values& aside, double seconds) {
    if (!jsonl_ && !console.json()) {
      console.Print(SwapReportText(path_, reload, report, aside, console.out()));
      return;
    }
    Json entry = SwapReportJson(reload, report, aside);
    if (jsonl_) {
      Json line{{"schema", "carrot.watch/1"}};
      line.update(entry);
      line["timing"] = TimingJson(seconds, 0);
      console.Print(JsonText(line) + "\n");
    } else {
      all_.push_back(std::move(entry));
    }
  }

  std::string path_, task_name_;
  std::vector<std::string> traces_, set_;
  bool jsonl_ = false;
  int64_t reloads_ = 0, workers_ = 0;
  std::shared_ptr<const Task> task_;
  std::vector<std::shared_ptr<const Trace>> recordings_;
  Json all_ = Json::array();
};

}  // namespace

std::unique_ptr<Verb> MakeWatch() { return std::make_unique<WatchVerb>(); }

}  // namespace carrot
