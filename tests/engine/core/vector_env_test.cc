// The step contract: what is evaluated when, what a caller sees at an episode's end, and that
// nothing depends on how many threads did it.
#include "engine/core/vector_env.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "engine/base/hash.h"
#include "tests/support/allocations.h"
#include "tests/support/toy_task.h"

namespace carrot {
namespace {

using testing::MakeToyReward;
using testing::MakeToyTask;
using testing::ToyActions;

struct Fixture {
  explicit Fixture(VectorEnvOptions options, int workers = 1, testing::ToyTaskOptions task = {},
                   testing::ToyRewardOptions reward = {})
      : pool(workers),
        env(std::move(*VectorEnv::Create(MakeToyTask(task), MakeToyReward(reward), pool, options))),
        action(options.num_envs * 2) {
    env->Reset();
  }
  void Step() {
    ToyActions(env->num_envs(), count++, action.data());
    env->Step(action);
  }
  ThreadPool pool;
  std::unique_ptr<VectorEnv> env;
  std::vector<double> action;
  int64_t count = 0;
};

template <typename T>
void AddBytes(std::string* bytes, std::span<const T> values) {
  bytes->append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

std::string Everything(const VectorEnv& env) {
  std::string bytes;
  AddBytes(&bytes, env.obs());
  AddBytes(&bytes, env.reward());
  AddBytes(&bytes, env.terms());
  AddBytes(&bytes, env.flags());
  AddBytes(&bytes, env.step());
  AddBytes(&bytes, env.memory());
  for (const auto& episode : env.finished()) {
    AddBytes(&bytes, std::span<const double>(&episode.episode_return, 1));
    AddBytes(&bytes, std::span<const double>(episode.metrics));
    bytes += episode.cause;
  }
  return bytes;
}

std::string Rollout(int workers, int shard_size) {
  Fixture f({.num_envs = 13, .seed = 5, .shard_size = shard_size}, workers, {.fault_every = 5});
  std::string bytes;
  for (int i = 0; i < 150; ++i) {
    f.Step();
    bytes += Everything(*f.env);
  }
  return HashHex(bytes);
}

// Without it a race or a shard-dependent order would change results silently.
TEST(VectorEnv, BitsDoNotDependOnWorkersOrShards) {
  const std::string expected = Rollout(1, 0);
  for (int workers = 1; workers <= 8; ++workers) {
    for (int shard : {0, 1, 3, 13}) {
      EXPECT_EQ(Rollout(workers, shard), expected) << workers << " workers, shards of " << shard;
    }
  }
}

// Without it obs() after an end could be the terminal state, or final_obs() the reset state.
TEST(VectorEnv, EndedRowsShowTheNextEpisodeAndKeepTheLastObservation) {
  Fixture f({.num_envs = 1, .seed = 1}, 1, {.horizon = 4, .bound = 100, .goal = 100});
  for (int i = 0; i < 4; ++i) f.Step();
  EXPECT_EQ(f.env->truncated()[0], 1);
  EXPECT_EQ(f.env->terminated()[0], 0);
  EXPECT_EQ(f.env->step()[0], 0);
  EXPECT_EQ(f.env->episode()[0], 1);
  ASSERT_EQ(f.env->finished().size(), 1u);
  EXPECT_EQ(f.env->finished()[0].length, 4);
  EXPECT_EQ(f.env->finished()[0].cause, "time_limit");
  // The last observation is where a twin that runs on arrives; the new one is a fresh reset.
  Fixture twin({.num_envs = 1, .seed = 1}, 1, {.horizon = 5, .bound = 100, .goal = 100});
  for (int i = 0; i < 4; ++i) twin.Step();
  EXPECT_THAT(f.env->final_obs(), ::testing::ElementsAreArray(twin.env->obs()));
  EXPECT_THAT(f.env->obs(), ::testing::Not(::testing::ElementsAreArray(f.env->final_obs())));
}

// Without it a reward at the end could be computed from the reset state of the next episode.
TEST(VectorEnv, LastRewardSeesTheTerminalState) {
  Fixture f({.num_envs = 1, .seed = 3}, 1, {.horizon = 6, .bound = 100, .goal = 100});
  double x = f.env->obs()[0];
  for (int i = 0; i < 6; ++i) {
    f.Step();
    const double next = i == 5 ? f.env->final_obs()[0] : f.env->obs()[0];
    EXPECT_DOUBLE_EQ(f.env->terms()[0], next - x) << "progress at step " << i + 1;
    x = next;
  }
}

// Without it both-flags episodes could be bootstrapped, or termination reported as a time limit.
TEST(VectorEnv, TerminationAtTheHorizonSetsBothFlags) {
  Fixture f({.num_envs = 1, .seed = 2}, 1, {.horizon = 1, .bound = 0.0, .goal = 100});
  f.Step();
  EXPECT_EQ(f.env->terminated()[0], 1);
  EXPECT_EQ(f.env->truncated()[0], 1);
  EXPECT_EQ(f.env->finished()[0].cause, "out");
}

// Without it a diverging simulation could pay reward, count as success or stop the batch.
TEST(VectorEnv, FaultEndsThatEpisodeOnly) {
  Fixture f({.num_envs = 3, .seed = 4}, 1, {.horizon = 20, .bound = 100, .goal = 100});
  f.Step();
  ToyActions(3, 1, f.action.data());
  f.action[2] = std::numeric_limits<double>::quiet_NaN();  // env 1
  f.env->Step(f.action);
  EXPECT_EQ(f.env->fault()[1], 1);
  EXPECT_EQ(f.env->truncated()[1], 1);
  EXPECT_EQ(f.env->terminated()[1], 0);
  EXPECT_EQ(f.env->reward()[1], 0);
  EXPECT_EQ(f.env->flags()[1], kRowFault | kRowTruncated);
  EXPECT_EQ(f.env->fault()[0], 0);
  EXPECT_EQ(f.env->step()[0], 2);
  ASSERT_EQ(f.env->finished().size(), 1u);
  EXPECT_TRUE(f.env->finished()[0].fault);
  const Diagnostics errors = f.env->TakeErrors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].code, "E001");
  f.Step();  // the next episode of env 1 is sound
  EXPECT_EQ(f.env->fault()[1], 0);
  EXPECT_EQ(f.env->step()[1], 1);
}

// Without it evaluation with a fixed number of episodes would step ended envs.
TEST(VectorEnv, WithoutAutoresetEndedEnvsFreeze) {
  Fixture f({.num_envs = 2, .seed = 6, .autoreset = false}, 1,
            {.horizon = 3, .bound = 100, .goal = 100});
  for (int i = 0; i < 3; ++i) f.Step();
  const std::vector<double> obs(f.env->obs().begin(), f.env->obs().end());
  for (int i = 0; i < 3; ++i) f.Step();
  EXPECT_EQ(obs, std::vector<double>(f.env->obs().begin(), f.env->obs().end()));
  EXPECT_TRUE(f.env->finished().empty());
  f.env->ResetEnv(1);
  EXPECT_EQ(f.env->episode()[1], 1);
  f.Step();
  EXPECT_EQ(f.env->step()[1], 1);
  EXPECT_EQ(f.env->step()[0], 3);
}

// Without it resume, branch and replay would drift from the run they continue.
TEST(VectorEnv, SnapshotRestoresTheFutureBitForBit) {
  for (const bool into_new : {false, true}) {
    Fixture f({.num_envs = 4, .seed = 7}, 2);
    for (int i = 0; i < 61; ++i) f.Step();
    std::vector<std::vector<std::byte>> snapshots;
    for (int env = 0; env < 4; ++env) snapshots.push_back(f.env->Save(env));
    std::string expected;
    for (int i = 0; i < 80; ++i) {
      f.Step();
      expected += Everything(*f.env);
    }
    Fixture other({.num_envs = 4, .seed = 7}, 1);
    Fixture& g = into_new ? other : f;
    for (int env = 0; env < 4; ++env) ASSERT_TRUE(g.env->Load(env, snapshots[env]).has_value());
    g.count = 61;
    std::string actual;
    for (int i = 0; i < 80; ++i) {
      g.Step();
      actual += Everything(*g.env);
    }
    EXPECT_EQ(HashHex(actual), HashHex(expected)) << into_new;
  }
}

// Without it a snapshot of another task, or half of one, would be loaded as garbage.
TEST(VectorEnv, ForeignAndTornSnapshotsAreRefused) {
  Fixture f({.num_envs = 1, .seed = 7});
  Fixture other({.num_envs = 1, .seed = 7}, 1, {}, {.potential = false});
  const auto bytes = f.env->Save(0);
  auto status = other.env->Load(0, bytes);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error()[0].code, "T010");
  status = f.env->Load(0, std::span(bytes).first(bytes.size() / 2));
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error()[0].code, "T010");
}

// Without it an allocation could creep into every step of every environment.
TEST(VectorEnv, StepsDoNotAllocate) {
  Fixture f({.num_envs = 8, .seed = 9}, 2, {.horizon = 17});
  for (int i = 0; i < 100; ++i) f.Step();
  const int64_t before = testing::AllocationCount();
  for (int i = 0; i < 200; ++i) f.Step();
  EXPECT_EQ(testing::AllocationCount() - before, 0);
}

// Without it weights would be baked into terms, and re-weighting could not be arithmetic.
TEST(VectorEnv, WeightsChangeTheRewardAndNotTheTerms) {
  Fixture a({.num_envs = 1, .seed = 8}), b({.num_envs = 1, .seed = 8});
  RewardWeights weights = b.env->weights();
  weights.weights[0] += 1.0;
  b.env->SetWeights(weights);
  for (int i = 0; i < 10; ++i) {
    a.Step();
    b.Step();
    EXPECT_THAT(b.env->terms(), ::testing::ElementsAreArray(a.env->terms()));
    EXPECT_NEAR(b.env->reward()[0] - a.env->reward()[0], a.env->terms()[0], 1e-12);
  }
}

// Without it world seeds given by hand (parity) would be hashed like a run's.
TEST(VectorEnv, WorldSeedsAreUsedAsGiven) {
  Fixture f({.num_envs = 2, .world_seeds = {10, 11, 12}}, 1,
            {.horizon = 1, .bound = 100, .goal = 100});
  EXPECT_EQ(f.env->world_seed()[1], 11u);
  f.Step();
  EXPECT_EQ(f.env->world_seed()[0], 12u);
  EXPECT_EQ(f.env->world_seed()[1], 10u);
}

}  // namespace
}  // namespace carrot
