// PPO under buffer stages: what it learns from is what a recording recomputes, each row once.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/agent/ppo.h"
#include "tests/support/small_tasks.h"

namespace carrot {
namespace {

using testing::MakeSmallReward;
using testing::MakeSmallTask;
using testing::SmallWorld;

constexpr int kEnvs = 3, kSteps = 8;

PpoConfig Config(bool normalize) {
  PpoConfig config;
  config.num_envs = kEnvs;
  config.rollout_steps = kSteps;
  config.minibatch_size = 12;
  config.epochs = 2;
  config.hidden = {8};
  config.normalize_reward = normalize;
  config.reward_clip = 1.5;
  return config;
}

// A walk that is paid noise, ends at random, and else by time: all kinds of last rows.
SmallWorld Walk() {
  SmallWorld world;
  world.action.kind = ActionSpec::Kind::kDiscrete;
  world.action.choices = {2};
  world.action.names = {"choice"};
  world.horizon = 11;
  world.reset = [](Rng& rng, double* x, uint8_t*) { x[0] = rng.Uniform(-1, 1); };
  world.step = [](Rng& rng, const double* action, double* x, uint8_t*, bool* done) {
    x[0] += action[0] == 1 ? 0.1 : -0.1;
    *done = rng.Below(9) == 0;
    return rng.Uniform(-1, 2);
  };
  return world;
}

// Rows of every env as they are paid, for RewardLearn.
struct Rows {
  std::vector<double> paid[kEnvs];
  std::vector<uint8_t> flags[kEnvs];
  std::vector<LearnSegment> segments;
};

struct Learning {
  Learning(const LearnStages& stages, const PpoConfig& config, int workers = 1)
      : pool(workers),
        env(*VectorEnv::Create(MakeSmallTask(Walk()), MakeSmallReward(stages), pool,
                               {.num_envs = kEnvs, .seed = 5})),
        ppo(*Ppo::Create(env->task().spec(), config, pool)) {
    env->Reset();
  }
  // Reads what was learnt from by step of the run: learnt[env][step]. NaN: never.
  void Iterate() {
    const PpoMetrics metrics = ppo->Iterate(*env, [this](const VectorEnv& e) {
      for (int i = 0; i < kEnvs; ++i) {
        rows.paid[i].push_back(e.reward()[i]);
        rows.flags[i].push_back(e.flags()[i]);
        learnt[i].push_back(NAN);
      }
    });
    rows.segments.push_back(metrics.segment);
    const auto learn = ppo->reward_learn();
    const auto steps = static_cast<int64_t>(learn.size()) / kEnvs;
    const int64_t before = steps - (metrics.segment.end - metrics.segment.begin);
    for (int64_t t = before; t < steps; ++t) {
      for (int i = 0; i < kEnvs; ++i) {
        double& to = learnt[i][metrics.segment.begin + t - before];
        EXPECT_TRUE(std::isnan(to)) << "learnt twice";
        to = learn[t * kEnvs + i];
      }
    }
  }
  ThreadPool pool;
  std::unique_ptr<VectorEnv> env;
  std::unique_ptr<Ppo> ppo;
  Rows rows;
  std::vector<double> learnt[kEnvs];
};

void ExpectRecomputed(const LearnStages& stages, bool normalize) {
  Learning run(stages, Config(normalize));
  for (int i = 0; i < 6; ++i) run.Iterate();
  const int64_t waiting = stages.delta ? 1 : 0;
  int ends = 0;
  for (int e = 0; e < kEnvs; ++e) {
    const auto again = RewardLearn(stages, run.rows.paid[e], run.rows.flags[e], run.rows.segments);
    ASSERT_EQ(run.learnt[e].size(), 6u * kSteps);
    for (int64_t t = 0; t < 6 * kSteps - waiting; ++t) {
      EXPECT_EQ(run.learnt[e][t], again[t]) << "env " << e << " step " << t;
      ends += run.rows.flags[e][t] != 0;
    }
    EXPECT_EQ(std::isnan(run.learnt[e].back()), waiting == 1);
  }
  EXPECT_GT(ends, 5) << "episodes are to end within the test";
}

// Without it a row could be learnt twice, never, or with a value that no recording explains.
TEST(LearnStagesTest, EveryRowOnceWithItsTrueValue) {
  ExpectRecomputed({}, true);
  ExpectRecomputed({.cap = 0.5}, false);
  ExpectRecomputed({.delta = true}, false);
  ExpectRecomputed({.cap = 0.5, .delta = true}, true);
}

// Without it the rows that wait for the next rollout would be lost by a resume.
TEST(LearnStagesTest, ResumesToTheSameBits) {
  const LearnStages stages{.cap = 1.0, .delta = true};
  Learning whole(stages, Config(true));
  for (int i = 0; i < 3; ++i) whole.Iterate();
  const std::vector<std::byte> saved = whole.ppo->Save();
  Learning resumed(stages, Config(true));
  ASSERT_TRUE(resumed.ppo->Load(saved));
  for (int e = 0; e < kEnvs; ++e) ASSERT_TRUE(resumed.env->Load(e, whole.env->Save(e)));
  for (int i = 0; i < 3; ++i) {
    whole.ppo->Iterate(*whole.env);
    resumed.ppo->Iterate(*resumed.env);
  }
  EXPECT_EQ(whole.ppo->Save(), resumed.ppo->Save());
}

// Without it the number of workers could show in what is learnt.
TEST(LearnStagesTest, SameBitsForAnyNumberOfWorkers) {
  std::vector<std::byte> first;
  for (int workers : {1, 3}) {
    Learning run({.delta = true}, Config(true), workers);
    for (int i = 0; i < 4; ++i) run.Iterate();
    if (first.empty()) first = run.ppo->Save();
    EXPECT_EQ(run.ppo->Save(), first);
  }
}

// Without it a changed reward would be subtracted from the old one's last row.
TEST(LearnStagesTest, AChangedRewardDropsTheRowThatWaits) {
  Learning run({.delta = true}, Config(false));
  run.Iterate();
  run.ppo->RestartReturnNorm();
  const PpoMetrics metrics = run.ppo->Iterate(*run.env);
  EXPECT_EQ(metrics.segment.begin, kSteps - 1);
  for (int e = 0; e < kEnvs; ++e) EXPECT_EQ(run.ppo->reward_learn()[e], 0);
}

}  // namespace
}  // namespace carrot
