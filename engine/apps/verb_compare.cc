// Rewards against each other and against success, on the same recordings.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/apps/arguments.h"
#include "engine/apps/compare_report.h"
#include "engine/apps/machine.h"
#include "engine/apps/options.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/base/monotonic.h"
#include "engine/session/overoptimisation.h"

namespace carrot {
namespace {

class CompareVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        {"rewards",
         "REWARD",
         "names or paths; one alone is compared with the recorded script",
         &rewards_,
         false,
         {},
         Offer::kReward,
         true,
         true},
        TracesOption(&traces_, "recordings, run folders or folders of recordings", false),
        RecordedTaskOption(&task_name_),
        {"--noise", "", "flip a share of each term's values: does the order of episodes survive?",
         &noise_},
        {"--tolerance", "X",
         "consistency: how near states are, in standard deviations of the recording", &tolerance_},
        {"--run",
         "DIR",
         "instead: success over return as that run's policies move away from the first",
         &run_,
         false,
         {},
         Offer::kFile},
        WorkersOption(&workers_),
    };
  }

  ExitCode Run(Console& console) override {
    if (!run_.empty() && (!rewards_.empty() || !traces_.empty() || noise_)) {
      return console.Fail({MakeError("U002", "--run takes no rewards, --trace or --noise")});
    }
    start_ = MonotonicSeconds();
    return run_.empty() ? CompareOnRecordings(console) : CompareCheckpoints(console);
  }

 private:
  ExitCode CompareOnRecordings(Console& console);
  ExitCode CompareCheckpoints(Console& console);
  Status Load(ThreadPool& pool, Console& console);
  Status Study(ThreadPool& pool);
  void Print(Console& console, Json document) const;

  std::vector<std::string> rewards_, traces_;
  std::string task_name_, run_;
  bool noise_ = false;
  double tolerance_ = 0.1;
  int64_t workers_ = 0;
  double start_ = 0;
  ComparedRecordings compared_;
};

Status CompareVerb::Load(ThreadPool& pool, Console& console) {
  if (traces_.empty() || rewards_.empty()) {
    return Fail(MakeError("U002", "give rewards and --trace (or --run DIR)",
                          {"for example: carrot compare gym mine.lua --trace hop.trace"}));
  }
  if (!(tolerance_ > 0)) return Fail(MakeError("U002", "--tolerance takes a number above 0"));
  CARROT_ASSIGN_OR_RETURN(compared_.recordings, OpenRecordings(traces_, task_name_));
  std::vector<std::string> names = rewards_;
  if (names.size() == 1) names.insert(names.begin(), "");
  for (const std::string& name : names) {
    CARROT_ASSIGN_OR_RETURN(auto scored,
                            ScoreRecordings(compared_.recordings, name, {}, pool, console));
    compared_.rewards.push_back(std::move(scored));
  }
  return {};
}

Status CompareVerb::Study(ThreadPool& pool) {
  const Recordings& recordings = compared_.recordings;
  std::vector<ComparedReward> rewards;
  for (const auto& reward : compared_.rewards) rewards.push_back(reward->compared);
  ComparisonOptions options;
  options.consistency.tolerance = tolerance_;
  options.labels = recordings.labels;
  options.near_misses = recordings.task->spec().success_when == SuccessWhen::kAny;
  CARROT_ASSIGN_OR_RETURN(
      compared_.comparison,
      CompareRewards(recordings.traces, recordings.task->spec().state, rewards, pool, options));
  for (auto& reward : compared_.rewards) {
    if (!noise_) break;
    compared_.noise.push_back(FlipStudy(recordings.traces, reward->compared.reward->spec(),
                                        reward->compared.settings.weights,
                                        compared_.comparison.episodes, reward->scores, pool));
  }
  return {};
}

void CompareVerb::Print(Console& console, Json document) const {
  const double seconds = MonotonicSeconds() - start_;
  document["timing"] = TimingJson(seconds, Workers(workers_));
  console.PrintJson(document);
}

ExitCode CompareVerb::CompareOnRecordings(Console& console) {
  ThreadPool pool(Workers(workers_));
  if (Status loaded = Load(pool, console); !loaded) return console.Fail(loaded.error());
  if (Status studied = Study(pool); !studied) return console.Fail(studied.error());
  if (console.json()) {
    Print(console, CompareJson(compared_));
  } else {
    console.Print(CompareText(compared_, console.out()));
  }
  for (const auto& reward : compared_.rewards) {
    console.Show(reward->errors);
    if (HasError(reward->errors)) return console.CodeOf(reward->errors);
  }
  return ExitCode::kOk;
}

ExitCode CompareVerb::CompareCheckpoints(Console& console) {
  ThreadPool pool(Workers(workers_));
  const auto stored = ReadRun(run_);
  if (!stored) return console.Fail(stored.error());
  const auto task = FindTask(task_name_.empty() ? stored->config.task_name : task_name_);
  if (!task) return console.Fail(task.error());
  const auto curve = MeasureOveroptimisation(run_, *task, stored->config.ppo, pool);
  if (!curve) return console.Fail(curve.error());
  if (console.json()) {
    Print(console, CurveJson(run_, **task, *curve));
  } else {
    console.Print(CurveText(run_, **task, *curve, console.out()));
  }
  return ExitCode::kOk;
}

}  // namespace

std::unique_ptr<Verb> MakeCompare() { return std::make_unique<CompareVerb>(); }

}  // namespace carrot
