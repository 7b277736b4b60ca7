#include <fmt/format.h>

#include <cmath>
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
#include "engine/trace/trace_file.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

class TrainVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        TaskOption(&task_name_),
        RewardOption(&reward_name_, "name or path; without it the task's own"),
        SetOption(&set_),
        {"--steps", "N", "environment steps (1M, 200k) [1000000]", &steps_},
        {"--envs", "N", "environments stepped together [8]", &envs_},
        {"--seed", "SEEDS", "0, 0..4 (five runs), 1,5,9 [0]", &seed_},
        {"--ppo",
         "NAME=VALUE",
         "any PPO setting, e.g. learning_rate=1e-4; may be repeated",
         &ppo_,
         false,
         {},
         Offer::kNothing,
         false},
        {"--flip", "TERM=SHARE",
         "noise test: train with that share of a term's values mirrored in its range", &flips_},
        OutOption(&out_, "the run folder [runs/TASK-REWARD-NNNN]"),
        {"--resume",
         "DIR",
         "go on with that run folder, to the same bits",
         &resume_,
         false,
         {},
         Offer::kFile},
        {"--eval-every", "N",
         "evaluate, keep the policy and a recording each N steps (0: at the end)", &eval_every_},
        {"--eval-episodes", "N", "held-out episodes of an evaluation", &eval_episodes_},
        {"--pictures", "", "draw the last evaluation into pictures/ of the run folder", &pictures_},
        {"--fail-on",
         "WHAT",
         "exit 1 if an episode ended by a fault, or an alarm was raised",
         &fail_on_,
         false,
         {"fault", "alarm"}},
        WorkersOption(&workers_),
    };
  }

  ExitCode Run(Console& console) override {
    Result<std::vector<TrainConfig>> configs = resume_.empty() ? NewRuns(console) : ResumedRun();
    if (!configs) return console.Fail(configs.error());
    ThreadPool pool(Workers(workers_));
    Json documents = Json::array();
    bool faults = false, alarms = false;
    for (const TrainConfig& config : *configs) {
      console.Note(fmt::format("run folder: {}", config.out.string()));
      Result<TrainResult> result = TrainWithProgress(console, config, pool);
      if (!result) return console.Fail(result.error());
      faults |= result->faults > 0;
      alarms |= !result->alarms.empty();
      documents.push_back(TrainJson(config, *result, pool.workers()));
      if (!console.json()) PrintAsText(console, config, *result);
      if (pictures_ && !result->interrupted) {
        if (Status drawn = Draw(config, *result); !drawn) return console.Fail(drawn.error());
      }
      if (result->interrupted) {
        PrintDocument(console, documents);
        console.Note(fmt::format("interrupted; go on with: carrot train --resume {}",
                                 ShellWord(config.out.string())));
        return ExitCode::kInterrupted;
      }
    }
    PrintDocument(console, documents);
    const bool failed = (faults && fail_on_ == "fault") || (alarms && fail_on_ == "alarm");
    return failed ? ExitCode::kNegative : ExitCode::kOk;
  }

 private:
  Result<std::vector<TrainConfig>> NewRuns(Console& console);
  Result<std::vector<TrainConfig>> ResumedRun();

  static Status Draw(const TrainConfig& config, const TrainResult& result) {
    CARROT_ASSIGN_OR_RETURN(const auto trace, OpenTrace(result.trace));
    CARROT_RETURN_IF_ERROR(WritePictures(*config.task, *trace, result.folder / "pictures", {},
                                         [](int, int) { return !Interrupted().load(); }));
    return {};
  }

  static void PrintDocument(Console& console, const Json& documents) {
    if (!console.json()) return;
    console.PrintJson(documents.size() == 1 ? documents[0] : Json{{"runs", documents}});
  }

  static void PrintAsText(Console& console, const TrainConfig& config, const TrainResult& result) {
    console.Print(fmt::format("run      {}\n", result.folder.string()));
    console.Print(fmt::format("policy   {}\n", result.policy.string()));
    if (result.best.step >= 0 && result.best.policy != result.policy) {
      console.Print(fmt::format("best     {}  (most success in the evaluations)\n",
                                result.best.policy.string()));
    }
    for (const auto& alarm : result.alarms) {
      console.Print(fmt::format("alarm    {} {}: {}\n", alarm["code"].get<std::string>(),
                                alarm["name"].get<std::string>(),
                                alarm["message"].get<std::string>()));
    }
    if (result.evaluation.episodes.empty()) return;
    const EvaluationSummary summary = Summarise(result.evaluation, config.task->spec());
    console.Print(
        EvaluationText(summary, config.task->spec(), result.evaluation.faults, console.out()));
    console.Print("\n" + TermTableText(summary, config.reward->spec(), console.out()));
  }

  std::string task_name_, reward_name_, seed_, out_, resume_, fail_on_;
  std::vector<std::string> set_, ppo_, flips_;
  int64_t steps_ = -1, envs_ = -1, eval_every_ = -1, eval_episodes_ = 16, workers_ = 0;
  bool pictures_ = false;
};

Result<std::vector<TrainConfig>> TrainVerb::NewRuns(Console& console) {
  CARROT_ASSIGN_OR_RETURN(task_name_, TaskOrRewards(task_name_, reward_name_));
  TrainConfig config;
  config.task_name = task_name_;
  CARROT_ASSIGN_OR_RETURN(config.task, FindTask(task_name_));
  CARROT_ASSIGN_OR_RETURN(config.reward, OpenReward(reward_name_, config.task->spec(), console));
  config.ppo = PpoConfigOf(config.reward->spec());
  if (steps_ == 0) return Fail(MakeError("U002", "--steps takes 1 or more"));
  if (steps_ > 0) config.ppo.total_steps = steps_;
  if (envs_ >= 0) {
    CARROT_RETURN_IF_ERROR(SetPpoField(config.ppo, "num_envs", fmt::format("{}", envs_)));
  }
  for (const std::string& text : ppo_) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos) {
      return Fail(MakeError("U002", fmt::format("--ppo takes NAME=VALUE, not `{}`", text)));
    }
    CARROT_RETURN_IF_ERROR(
        SetPpoField(config.ppo, text.substr(0, equals), text.substr(equals + 1)));
  }
  CARROT_ASSIGN_OR_RETURN(const RewardSettings settings,
                          ParseSettings(set_, config.reward->spec(), config.ppo.gamma));
  config.weights = settings.weights.weights;
  config.potential_weight = settings.weights.potential;
  config.params = settings.params;
  config.eval_every = std::max<int64_t>(0, eval_every_);
  config.eval_episodes = static_cast<int>(std::clamp<int64_t>(eval_episodes_, 1, 100000));
  config.build = kVersion;
  CARROT_ASSIGN_OR_RETURN(const std::vector<uint64_t> seeds,
                          ParseSeeds(seed_.empty() ? "0" : seed_));

  std::vector<TrainConfig> configs;
  const fs::path first = out_.empty()
                             ? NewRunFolder(config.task->spec().name, config.reward->spec().name)
                             : fs::path(out_);
  const auto reward = config.reward;
  config.flips = flips_;
  for (uint64_t seed : seeds) {
    config.ppo.seed = seed;
    CARROT_ASSIGN_OR_RETURN(config.reward, WithFlips(reward, flips_, seed));
    config.out =
        seeds.size() == 1 ? first : fs::path(first.string() + fmt::format("-seed{}", seed));
    configs.push_back(config);
  }
  return configs;
}

// Everything comes from run.json and the scripts kept in the folder, so that an edit of the
// original script does not change a run under way.
Result<std::vector<TrainConfig>> TrainVerb::ResumedRun() {
  const bool other = !task_name_.empty() || !reward_name_.empty() || !set_.empty() ||
                     !out_.empty() || !seed_.empty() || envs_ >= 0 || !ppo_.empty() ||
                     !flips_.empty();
  if (other) {
    return Fail(MakeError("U002", "--resume takes task, reward and settings from the run folder",
                          {"only --steps, --eval-every and -j may be given with it"}));
  }
  CARROT_ASSIGN_OR_RETURN(StoredRun stored, ReadRun(resume_));
  TrainConfig config = std::move(stored.config);
  CARROT_ASSIGN_OR_RETURN(config.task, FindTask(config.task_name));
  CARROT_ASSIGN_OR_RETURN(config.reward,
                          OpenReward(stored.reward_file.string(), config.task->spec()));
  CARROT_ASSIGN_OR_RETURN(config.reward, WithFlips(config.reward, config.flips, config.ppo.seed));
  config.build = kVersion;
  if (steps_ > 0) config.ppo.total_steps = steps_;
  if (eval_every_ >= 0) config.eval_every = eval_every_;
  return std::vector<TrainConfig>{config};
}

}  // namespace

std::unique_ptr<Verb> MakeTrain() { return std::make_unique<TrainVerb>(); }

}  // namespace carrot
