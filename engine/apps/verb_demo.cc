// The main job from end to end: train on a shipped reward, judge on held-out seeds, show the
// result.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/apps/arguments.h"
#include "engine/apps/interrupt.h"
#include "engine/apps/machine.h"
#include "engine/apps/options.h"
#include "engine/apps/pictures.h"
#include "engine/apps/report.h"
#include "engine/apps/table.h"
#include "engine/apps/train_setup.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/base/monotonic.h"
#include "engine/session/evaluation_json.h"
#include "engine/trace/trace_file.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

// Held-out seeds differ from the evaluations during training: they share nothing with the run.
constexpr uint64_t kHeldOutSeed = 1'000'000;

class DemoVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        TaskOption(&task_name_),
        RewardOption(&reward_name_, "name or path"),
        {"--steps", "N", "environment steps of training", &steps_},
        {"--seed", "N", "seed of training", &seed_},
        {"--episodes", "N", "held-out episodes", &episodes_},
        OutOption(&out_, "the run folder [runs/TASK-REWARD-NNNN]"),
        WorkersOption(&workers_),
    };
  }

  ExitCode Run(Console& console) override {
    const double start = MonotonicSeconds();
    ThreadPool pool(Workers(workers_));
    Status status = Prepare(console, pool);
    if (!status) return console.Fail(status.error());
    if (training_.interrupted) {
      console.Note(fmt::format("interrupted; go on with: carrot train --resume {}",
                               training_.folder.string()));
      return ExitCode::kInterrupted;
    }
    Diagnostics no_pictures = Draw(console);
    seconds_ = MonotonicSeconds() - start;
    if (console.json()) {
      PrintAsJson(console);
    } else {
      PrintAsText(console);
    }
    for (Diagnostic& problem : no_pictures) problem.severity = Severity::kWarning;
    console.Show(no_pictures);  // the result stands without pictures
    return ExitCode::kOk;
  }

 private:
  Status Prepare(Console& console, ThreadPool& pool) {
    config_.task_name = task_name_;
    CARROT_ASSIGN_OR_RETURN(config_.task, FindTask(task_name_));
    CARROT_ASSIGN_OR_RETURN(config_.reward, OpenReward(reward_name_, config_.task->spec()));
    if (episodes_ < 1 || seed_ < 0) {
      return Fail(MakeError("U002", "--episodes takes 1 or more, --seed 0 or more"));
    }
    config_.ppo = PpoConfigOf(config_.reward->spec());
    config_.ppo.total_steps = steps_;
    config_.ppo.anneal = Anneal::kLinear;  // ends on a settled policy, whatever --steps is
    config_.ppo.seed = static_cast<uint64_t>(seed_);
    config_.eval_every = std::max<int64_t>(1, steps_ / 4);
    config_.build = kVersion;
    config_.out = out_.empty()
                      ? NewRunFolder(config_.task->spec().name, config_.reward->spec().name)
                      : fs::path(out_);
    console.Note(fmt::format("{}: {}", config_.task->spec().name, config_.task->spec().doc));
    console.Note(
        fmt::format("reward {}: {}", config_.reward->spec().name, config_.reward->spec().doc));
    CARROT_ASSIGN_OR_RETURN(training_, TrainWithProgress(console, config_, pool));
    if (training_.interrupted) return {};

    CARROT_ASSIGN_OR_RETURN(Actor actor,
                            Actor::Load(training_.best.policy.string(), config_.task->spec()));
    EvaluateOptions options;
    options.episodes = static_cast<int>(std::min<int64_t>(episodes_, 100000));
    options.seed = kHeldOutSeed;
    options.gamma = config_.ppo.gamma;
    options.cancel = &Interrupted();
    CARROT_ASSIGN_OR_RETURN(held_out_,
                            Evaluate(config_.task, config_.reward, actor, pool, options));
    summary_ = Summarise(held_out_, config_.task->spec());
    return {};
  }

  Diagnostics Draw(Console& console) {
    Result<std::shared_ptr<const Trace>> trace = OpenTrace(training_.best.trace);
    if (!trace) return std::move(trace).error();
    PictureOptions options;
    console.Detail("drawing");
    Result<std::vector<std::string>> files =
        WritePictures(*config_.task, **trace, training_.folder / "pictures", options,
                      [](int, int) { return true; });
    if (!files) return std::move(files).error();
    pictures_ = std::move(*files);
    return {};
  }

  std::vector<std::string> NextCommands() const {
    return {fmt::format("carrot render --trace {} --frames", training_.best.trace.string()),
            fmt::format("carrot rescore --trace {} --set w:{}=0", training_.best.trace.string(),
                        config_.reward->spec().terms[0].name),
            fmt::format("carrot new reward mine.lua --task {}", config_.task->spec().name)};
  }

  void PrintAsJson(Console& console) const {
    const TaskSpec& task = config_.task->spec();
    Json document = TrainJson(config_, training_, Workers(workers_));
    document["held_out"] = EvaluationJson(held_out_, task, &config_.reward->spec());
    document["held_out"]["seed"] = kHeldOutSeed;
    document["success_is"] = task.success_doc;
    document["pictures"] = pictures_;
    document["next"] = NextCommands();
    document["timing"]["whole_seconds"] = seconds_;
    console.PrintJson(document);
  }

  void PrintAsText(Console& console) const {
    const TaskSpec& task = config_.task->spec();
    console.Print("\n" + TermTableText(summary_, config_.reward->spec(), console.out()));
    console.Print("\n" + EvaluationText(summary_, task, held_out_.faults, console.out()));
    console.Print(fmt::format("\ntrained {} steps in {} ({} steps/s with learning); all in {}\n",
                              Thousands(training_.last.step), Duration(training_.seconds),
                              Thousands(static_cast<int64_t>(
                                  static_cast<double>(training_.last.step) / training_.seconds)),
                              Duration(seconds_)));
    console.Print(fmt::format("run     {}\n", training_.folder.string()));
    console.Print(fmt::format("policy  {}  (best of the run's evaluations)\n",
                              training_.best.policy.filename().string()));
    for (const std::string& picture : pictures_)
      console.Print(fmt::format("picture {}\n", picture));
    console.Print("\nnext\n");
    for (const std::string& command : NextCommands()) console.Print("  " + command + "\n");
  }

  std::string task_name_ = "hopper", reward_name_ = "hop_forward", out_;
  int64_t steps_ = 700'000, seed_ = 0, episodes_ = 50, workers_ = 0;
  TrainConfig config_;
  TrainResult training_;
  EvaluateResult held_out_;
  EvaluationSummary summary_;
  std::vector<std::string> pictures_;
  double seconds_ = 0;
};

}  // namespace

std::unique_ptr<Verb> MakeDemo() { return std::make_unique<DemoVerb>(); }

}  // namespace carrot
