#include "engine/agent/ppo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/support/allocations.h"
#include "tests/support/small_tasks.h"
#include "tests/support/toy_task.h"

namespace carrot {
namespace {

using testing::MakeSmallReward;
using testing::MakeSmallTask;

PpoConfig SmallConfig() {
  PpoConfig config;
  config.num_envs = 8;
  config.rollout_steps = 32;
  config.minibatch_size = 64;
  config.epochs = 4;
  config.hidden = {16, 16};
  config.learning_rate = 3e-3;
  return config;
}

// A task, its environments and a learner, on a pool of its own.
struct Training {
  Training(std::shared_ptr<const Task> task, std::shared_ptr<const RewardFunction> reward,
           const PpoConfig& config, int workers = 1)
      : pool(workers) {
    VectorEnvOptions options;
    options.num_envs = config.num_envs;
    options.seed = config.seed;
    options.gamma = config.gamma;
    env = *VectorEnv::Create(task, reward, pool, options);
    ppo = *Ppo::Create(task->spec(), config, pool);
    env->Reset();
  }
  ThreadPool pool;
  std::unique_ptr<VectorEnv> env;
  std::unique_ptr<Ppo> ppo;
};

std::vector<double> BestActions(Training& run,
                                const std::vector<std::vector<double>>& observations) {
  std::vector<double> obs, action(observations.size());
  for (const auto& row : observations) obs.insert(obs.end(), row.begin(), row.end());
  PolicyOutput out;
  out.action = action.data();
  run.ppo->policy().Infer(run.pool, {static_cast<int>(observations.size()), obs.data()}, out);
  return action;
}

// Without this, the sign of the policy gradient, the sampling or the advantages could be wrong.
TEST(PpoTest, LearnsABandit) {
  Training run(MakeSmallTask(testing::Bandit()), MakeSmallReward(), SmallConfig());
  PpoMetrics last;
  for (int i = 0; i < 20; ++i) last = run.ppo->Iterate(*run.env);
  EXPECT_GT(last.episode_return, 0.95);
  EXPECT_EQ(last.episodes, 8 * 32);
  EXPECT_THAT(BestActions(run, {{1.0}}), ::testing::ElementsAre(2));
}

// Without this, credit might not flow back over several steps, or might leak over episode ends.
TEST(PpoTest, LearnsAChain) {
  Training run(MakeSmallTask(testing::Chain()), MakeSmallReward(), SmallConfig());
  PpoMetrics last;
  for (int i = 0; i < 40; ++i) last = run.ppo->Iterate(*run.env);
  EXPECT_LT(last.episode_length, 6);
  EXPECT_GT(last.success_rate, 0.95);
  EXPECT_THAT(BestActions(run, {{1, 0, 0, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, 0, 0, 1}}),
              ::testing::Each(1));
}

// Without this, continuous actions might not learn at all: the reward is -(a - target(x))^2.
TEST(PpoTest, LearnsAContinuousTarget) {
  testing::SmallWorld world;
  world.action.names = {"a"};
  world.action.low = {-2};
  world.action.high = {2};
  world.horizon = 4;
  world.reset = [](Rng& rng, double* x, uint8_t*) { x[0] = rng.Uniform(-1, 1); };
  world.step = [](Rng& rng, const double* action, double* x, uint8_t*, bool*) {
    const double error = action[0] - (0.5 - x[0]);
    x[0] = rng.Uniform(-1, 1);
    return -error * error;
  };
  PpoConfig config = SmallConfig();
  config.gamma = 0;
  Training run(MakeSmallTask(world), MakeSmallReward(), config);
  for (int i = 0; i < 60; ++i) run.ppo->Iterate(*run.env);
  EXPECT_THAT(BestActions(run, {{-0.5}, {0.0}, {0.5}}),
              ::testing::Pointwise(::testing::DoubleNear(0.15), {1.0, 0.5, 0.0}));
}

// Without this, bits could depend on the number of workers, by an order of summation or a shared
// draw.
TEST(PpoTest, SameBitsForAnyNumberOfWorkers) {
  PpoConfig config = SmallConfig();
  config.num_envs = 20;  // above the limit for parallel inference, not a multiple of 8
  config.minibatch_size = 200;
  std::vector<std::byte> expected;
  for (int workers : {1, 2, 3, 5, 8}) {
    Training run(testing::MakeToyTask({.fault_every = 5}), testing::MakeToyReward(), config,
                 workers);
    for (int i = 0; i < 3; ++i) run.ppo->Iterate(*run.env);
    const std::vector<std::byte> bytes = run.ppo->Save();
    if (expected.empty()) expected = bytes;
    EXPECT_EQ(bytes, expected) << workers << " workers";
  }
}

// Without this, a resumed run would differ from one that was not interrupted.
TEST(PpoTest, ResumesToTheSameBits) {
  PpoConfig config = SmallConfig();
  config.kl_rule = KlRule::kAdaptive;
  config.target_kl = 0.01;
  config.anneal = Anneal::kLinear;
  const auto task = testing::MakeToyTask();
  const auto reward = testing::MakeToyReward();
  Training whole(task, reward, config);
  for (int i = 0; i < 2; ++i) whole.ppo->Iterate(*whole.env);
  const std::vector<std::byte> saved = whole.ppo->Save();
  Training resumed(task, reward, config, 2);
  for (int e = 0; e < config.num_envs; ++e) {
    ASSERT_TRUE(resumed.env->Load(e, whole.env->Save(e)));
  }
  ASSERT_TRUE(resumed.ppo->Load(saved));
  EXPECT_EQ(resumed.ppo->step(), whole.ppo->step());
  for (int i = 0; i < 2; ++i) {
    nlohmann::json a = ToJson(whole.ppo->Iterate(*whole.env));
    nlohmann::json b = ToJson(resumed.ppo->Iterate(*resumed.env));
    a.erase("timing");
    b.erase("timing");
    EXPECT_EQ(a, b);
  }
  EXPECT_EQ(whole.ppo->Save(), resumed.ppo->Save());
}

// Without this, a torn or foreign checkpoint could be loaded half, or crash.
TEST(PpoTest, DamagedCheckpointsAreRefused) {
  const auto task = testing::MakeToyTask();
  Training run(task, testing::MakeToyReward(), SmallConfig());
  std::vector<std::byte> bytes = run.ppo->Save();
  EXPECT_TRUE(run.ppo->Load(bytes));
  const auto message = [&](std::span<const std::byte> damaged) {
    const Status status = run.ppo->Load(damaged);
    return status ? std::string("loaded") : status.error()[0].message;
  };
  EXPECT_THAT(message({}), ::testing::HasSubstr("another format"));
  EXPECT_THAT(message(std::span(bytes).first(bytes.size() - 1)), ::testing::HasSubstr("damaged"));
  PpoConfig other = SmallConfig();
  other.hidden = {8};
  Training different(task, testing::MakeToyReward(), other);
  const Status status = different.ppo->Load(bytes);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error()[0].message, ::testing::HasSubstr("other networks"));
  bytes[100] ^= std::byte{1};
  EXPECT_THAT(message(bytes), ::testing::HasSubstr("damaged"));
}

// Without this, a masked choice could be drawn, or its logit could receive a gradient.
TEST(PpoTest, MaskedActionsAreNeverTaken) {
  testing::SmallWorld world;
  world.action.kind = ActionSpec::Kind::kDiscrete;
  world.action.choices = {3, 2};
  world.action.names = {"a", "b"};
  world.mask_size = 5;
  world.horizon = 10;
  int taken = 0, broken = 0;
  // Allowed: of the first dimension all but x; of the second only x % 2. Forbidden ones would pay.
  const auto publish = [](Rng& rng, double* x, uint8_t* mask) {
    const int k = static_cast<int>(rng.Below(3));
    x[0] = k;
    for (int i = 0; i < 3; ++i) mask[i] = i != k;
    for (int i = 0; i < 2; ++i) mask[3 + i] = i == k % 2;
  };
  world.reset = publish;
  world.step = [&, publish](Rng& rng, const double* action, double* x, uint8_t* mask, bool*) {
    const bool bad = !mask[static_cast<int>(action[0])] || !mask[3 + static_cast<int>(action[1])];
    broken += bad ? 1 : 0;
    ++taken;
    publish(rng, x, mask);
    return bad ? 10.0 : -action[0];
  };
  Training run(MakeSmallTask(world), MakeSmallReward(), SmallConfig());
  for (int i = 0; i < 10; ++i) {
    const PpoMetrics metrics = run.ppo->Iterate(*run.env);
    EXPECT_TRUE(std::isfinite(metrics.policy_loss) && std::isfinite(metrics.grad_norm));
  }
  EXPECT_EQ(broken, 0);
  EXPECT_EQ(taken, 10 * 8 * 32);
}

// Without this, a simulation that fails could poison the networks or end training.
TEST(PpoTest, FaultsAreCountedAndSurvived) {
  PpoConfig config = SmallConfig();
  Training run(testing::MakeToyTask({.fault_every = 2, .fault_step = 3}), testing::MakeToyReward(),
               config);
  int faults = 0;
  for (int i = 0; i < 3; ++i) {
    const PpoMetrics metrics = run.ppo->Iterate(*run.env);
    faults += metrics.faults;
    EXPECT_TRUE(std::isfinite(metrics.grad_norm));
    EXPECT_GT(metrics.grad_norm, 0);
  }
  EXPECT_GT(faults, 10);
}

// Without this, target_kl would not stop an update that has gone too far, or the learning rate
// would not adapt.
TEST(PpoTest, KlRules) {
  PpoConfig config = SmallConfig();
  config.learning_rate = 0.05;
  config.kl_rule = KlRule::kStop;
  config.target_kl = 1e-4;
  const auto task = testing::MakeToyTask();
  Training stopping(task, testing::MakeToyReward(), config);
  EXPECT_LT(stopping.ppo->Iterate(*stopping.env).epochs, config.epochs);
  config.kl_rule = KlRule::kAdaptive;
  Training adapting(task, testing::MakeToyReward(), config);
  EXPECT_DOUBLE_EQ(adapting.ppo->Iterate(*adapting.env).learning_rate, 0.05);
  const PpoMetrics second = adapting.ppo->Iterate(*adapting.env);
  EXPECT_EQ(second.epochs, config.epochs);
  EXPECT_DOUBLE_EQ(second.learning_rate, 0.05 / 1.5);
}

// Without this, the learning rate would not fall to 0 at the end of training.
TEST(PpoTest, LearningRateAnneals) {
  PpoConfig config = SmallConfig();
  config.anneal = Anneal::kLinear;
  config.total_steps = 4 * 8 * 32;
  Training run(testing::MakeToyTask(), testing::MakeToyReward(), config);
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(run.ppo->done());
    EXPECT_DOUBLE_EQ(run.ppo->Iterate(*run.env).learning_rate, 3e-3 * (1 - 0.25 * i));
  }
  EXPECT_TRUE(run.ppo->done());
}

// Without this, the penalty that keeps a policy near a reference could have no effect.
TEST(PpoTest, ReferenceKeepsThePolicyNear) {
  const auto task = MakeSmallTask(testing::Bandit());
  double kl[2];
  for (int penalised : {0, 1}) {
    PpoConfig config = SmallConfig();
    config.reference_kl_coef = penalised ? 10.0 : 0.0;
    Training run(task, MakeSmallReward(), config);
    ASSERT_TRUE(run.ppo->SetReference(std::make_shared<Policy>(run.ppo->policy())));
    PpoMetrics last;
    for (int i = 0; i < 10; ++i) last = run.ppo->Iterate(*run.env);
    kl[penalised] = last.reference_kl;
  }
  EXPECT_GT(kl[0], 0.3);   // free: it learnt the arm, log 4 at most
  EXPECT_LT(kl[1], 0.05);  // held back
  EXPECT_GE(kl[1], 0);
}

// Without this, collection could allocate in every step. Means of two long runs of different length
// are compared, so that what an iteration allocates once does not count.
TEST(PpoTest, StepsAllocateNothing) {
  PpoConfig config = SmallConfig();
  config.epochs = 1;
  std::vector<int64_t> counts;
  for (int steps : {64, 256}) {
    config.rollout_steps = steps;
    Training run(testing::MakeToyTask({.horizon = 0, .bound = 1e9}), testing::MakeToyReward(),
                 config);
    for (int i = 0; i < 3; ++i) run.ppo->Iterate(*run.env);
    const int64_t before = testing::AllocationCount();
    run.ppo->Iterate(*run.env);
    counts.push_back(testing::AllocationCount() - before);
  }
  EXPECT_EQ(counts[0], counts[1]);
}

// Without this, contradictory or hostile settings would reach the learner.
TEST(PpoTest, RefusesWhatCannotBeTrained) {
  ThreadPool pool(1);
  testing::SmallWorld world = testing::Bandit();
  world.mask_size = 3;  // of 4 choices
  const auto refused = Ppo::Create(MakeSmallTask(world)->spec(), SmallConfig(), pool);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error()[0].code, "T060");
  PpoConfig config = SmallConfig();
  config.kl_rule = KlRule::kStop;
  const auto contradictory = Ppo::Create(MakeSmallTask(testing::Bandit())->spec(), config, pool);
  ASSERT_FALSE(contradictory);
  EXPECT_EQ(contradictory.error()[0].code, "U020");
}

}  // namespace
}  // namespace carrot
