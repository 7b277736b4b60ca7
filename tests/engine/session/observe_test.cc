// Policies that observe a reward's memory: trained, kept, resumed, loaded. Deleted: a policy could
// read another reward's memory as if it were its own.
#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "engine/core/observed_memory.h"
#include "engine/session/overoptimisation.h"
#include "engine/session/train.h"
#include "rewards/host/lua_reward.h"
#include "tests/support/small_tasks.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// x tells nothing. Action 1 must be taken in the first half of the episode, action 0 in the second:
// only memory can tell which it is.
testing::SmallWorld Blind() {
  testing::SmallWorld world;
  world.action.kind = ActionSpec::Kind::kDiscrete;
  world.action.choices = {2};
  world.action.names = {"choice"};
  world.horizon = 8;
  world.reset = [](Rng&, double* x, uint8_t*) { x[0] = 1; };
  world.step = [](Rng&, const double*, double*, uint8_t*, bool*) { return 0.0; };
  return world;
}

std::shared_ptr<const RewardFunction> Switching(const Task& task, const std::string& observe,
                                                const std::string& second = "late") {
  // The world has no success, so a return that rises is an alarm, which would ask for evaluations.
  const std::string source =
      "return reward { mute = { A001 = 'no success here' }, memory = { u = { 1, states = { "
      "'early', '" +
      second + "' } } }, " + observe +
      " terms = { term { 'right', fn = function(s, a, p, m)"
      "   local right = (a[1] == 1) == (m.u == 1)"
      "   if s.step >= 4 then m.u = 2 end"
      "   return right"
      " end } } }";
  auto reward = LoadRewardSource(source, "/switching.lua", task.spec(), {});
  EXPECT_TRUE(reward.has_value()) << Format(reward.error());
  return *reward;
}

class ObserveTraining : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / (std::string("carrot_observe_") + test->name());
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  TrainConfig Config(std::shared_ptr<const RewardFunction> reward, const std::string& name) {
    TrainConfig config;
    config.task = task_;
    config.task_name = "small";
    config.reward = std::move(reward);
    config.ppo.num_envs = 4;
    config.ppo.rollout_steps = 64;
    config.ppo.minibatch_size = 64;
    config.ppo.total_steps = 4 * 64 * 24;
    config.ppo.learning_rate = 3e-3;
    config.ppo.hidden = {16};
    config.eval_episodes = 4;
    config.out = folder_ / name;
    return config;
  }
  static double Return(const TrainResult& result) {
    double sum = 0;
    for (const auto& episode : result.evaluation.episodes) sum += episode.episode_return;
    return sum / static_cast<double>(result.evaluation.episodes.size());
  }
  static std::string Text(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  fs::path folder_;
  std::shared_ptr<const Task> task_ = testing::MakeSmallTask(Blind());
  ThreadPool pool_{2};
};

TEST_F(ObserveTraining, LetsThePolicySolveWhatItCannotSolveBlind) {
  const auto blind = Train(Config(Switching(*task_, ""), "blind"), pool_, {});
  const auto seeing = Train(Config(Switching(*task_, "observe = { 'u' },"), "seeing"), pool_, {});
  ASSERT_TRUE(blind.has_value() && seeing.has_value());
  EXPECT_LE(Return(*blind), 4);
  EXPECT_EQ(Return(*seeing), 8);
}

TEST_F(ObserveTraining, ResumesToTheSameBits) {
  const auto reward = Switching(*task_, "observe = { 'u' },");
  const auto whole = Train(Config(reward, "whole"), pool_, {});
  TrainConfig config = Config(reward, "cut");
  std::atomic<bool> cancel = false;
  TrainCallbacks callbacks;
  callbacks.cancel = &cancel;
  callbacks.iteration = [&](const PpoMetrics& metrics) { cancel = metrics.iteration == 5; };
  const auto cut = Train(config, pool_, callbacks);
  ASSERT_TRUE(whole.has_value() && cut.has_value());
  ASSERT_TRUE(cut->interrupted);
  config.resume = true;
  ThreadPool one(1);
  const auto resumed = Train(config, one, {});
  ASSERT_TRUE(resumed.has_value()) << Format(resumed.error());
  EXPECT_EQ(Policy::Load(whole->policy)->WeightHash(), Policy::Load(resumed->policy)->WeightHash());
}

TEST_F(ObserveTraining, PoliciesActOnlyUnderRewardsThatShowTheSame) {
  TrainConfig config = Config(Switching(*task_, "observe = { 'u' },"), "run");
  config.ppo.total_steps = 256;
  const auto run = Train(config, pool_, {});
  ASSERT_TRUE(run.has_value()) << Format(run.error());
  const auto play = [&](std::shared_ptr<const RewardFunction> reward) -> std::string {
    auto actor = Actor::Load(run->policy.string(), task_->spec());
    if (!actor) return Format(actor.error());
    auto result = Evaluate(task_, std::move(reward), *actor, pool_, {.episodes = 2});
    return result ? "" : Format(result.error());
  };
  EXPECT_EQ(play(config.reward), "");
  EXPECT_THAT(
      play(Switching(*task_, "")),
      AllOf(HasSubstr("T063"), HasSubstr("m.u=early, m.u=late; reward `switching` shows nothing")));
  EXPECT_THAT(play(Switching(*task_, "observe = { 'u' },", "later")),
              HasSubstr("shows m.u=early, m.u=later"));
  EXPECT_THAT(play(nullptr), HasSubstr("no reward shows nothing"));
  EXPECT_THAT(Text(run->policy / "policy.json"), HasSubstr("m.u=late"));

  // One that sees the task alone acts under any reward.
  config = Config(Switching(*task_, ""), "blind");
  config.ppo.total_steps = 256;
  const auto blind = Train(config, pool_, {});
  ASSERT_TRUE(blind.has_value());
  Actor actor = *Actor::Load(blind->policy.string(), task_->spec());
  const auto alone = Evaluate(task_, config.reward, actor, pool_, {.episodes = 2, .seed = 1});
  const auto shown = Evaluate(task_, Switching(*task_, "observe = { 'u' },"), actor, pool_,
                              {.episodes = 2, .seed = 1});
  ASSERT_TRUE(alone.has_value() && shown.has_value());
  EXPECT_EQ(alone->episodes[1].episode_return, shown->episodes[1].episode_return);
}

// Deleted: the distance from where training began could be measured on half of the policy's input.
TEST_F(ObserveTraining, TheOveroptimisationCurveSeesTheMemoryToo) {
  TrainConfig config = Config(Switching(*task_, "observe = { 'u' },"), "run");
  config.eval_every = 4 * 64 * 8;
  ASSERT_TRUE(Train(config, pool_, {}).has_value());
  const auto curve = MeasureOveroptimisation(config.out, task_, config.ppo, pool_);
  ASSERT_TRUE(curve.has_value()) << Format(curve.error());
  ASSERT_EQ(curve->points.size(), 3u);
  // The start chooses about evenly, the end is nearly sure: ln 2 a step.
  EXPECT_LT(curve->points[0].step_kl, curve->points[2].step_kl);
  EXPECT_NEAR(curve->points[2].step_kl, std::log(2.0), 0.15);
}

// Deleted: two policies with equal weights that read different memory would count as one.
TEST_F(ObserveTraining, TheHashKnowsWhatIsObserved) {
  const PpoConfig config = Config(nullptr, "").ppo;
  const auto hash = [&](const std::string& second) {
    const auto reward = Switching(*task_, "observe = { 'u' },", second);
    return Policy(MakePolicySpec(task_->spec(), config, &reward->spec()), 1).WeightHash();
  };
  EXPECT_NE(hash("late"), hash("later"));
}

}  // namespace
}  // namespace carrot
