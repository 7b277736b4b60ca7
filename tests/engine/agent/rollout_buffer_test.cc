#include "engine/agent/rollout_buffer.h"

#include <gtest/gtest.h>

namespace carrot {
namespace {

// gamma = 0.5, lambda = 0.5: products stay exact, so hand-computed values are equal, not near.
// One env, rewards 1, 2, 4, 8; values 10, 20, 30, 40 and 50 after the rollout.
RolloutBuffer FourSteps() {
  RolloutBuffer b(4, 1, 4, 1, 0, 0);
  b.reward = {1, 2, 4, 8};
  b.value = {10, 20, 30, 40, 50};
  return b;
}

void ExpectAdvantages(const RolloutBuffer& b, std::vector<double> expected) {
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(b.advantage[i], expected[i]) << "row " << i;
    EXPECT_EQ(b.returns[i], expected[i] + b.value[i]) << "row " << i;
  }
}

// Without this, plain GAE could be wrong, e.g. gamma or lambda exchanged.
TEST(AdvantageTest, WithinAnEpisode) {
  RolloutBuffer b = FourSteps();
  ComputeAdvantages(b, 0.5, 0.5);
  // deltas: 1+10-10 = 1, 2+15-20 = -3, 4+20-30 = -6, 8+25-40 = -7; each trace is delta + trace / 4
  const double a3 = -7, a2 = -6 + a3 / 4, a1 = -3 + a2 / 4, a0 = 1 + a1 / 4;
  ExpectAdvantages(b, {a0, a1, a2, a3});
}

// Without this, a terminal state would be valued, or credit would cross into the next episode.
TEST(AdvantageTest, TerminationHasNoFuture) {
  RolloutBuffer b = FourSteps();
  b.terminated[1] = 1;
  b.final_value[1] = 1000;  // must not be used
  ComputeAdvantages(b, 0.5, 0.5);
  const double a3 = -7, a2 = -6 + a3 / 4, a1 = 2 - 20, a0 = 1 + a1 / 4;
  ExpectAdvantages(b, {a0, a1, a2, a3});
}

// Without this, a time limit would be learnt as a failure (or valued by the next episode's start).
TEST(AdvantageTest, TruncationBootstrapsFromItsLastObservation) {
  RolloutBuffer b = FourSteps();
  b.truncated[1] = 1;
  b.final_value[1] = 100;
  ComputeAdvantages(b, 0.5, 0.5);
  const double a3 = -7, a2 = -6 + a3 / 4, a1 = 2 + 50 - 20, a0 = 1 + a1 / 4;
  ExpectAdvantages(b, {a0, a1, a2, a3});
}

// Without this, a step that is both would be bootstrapped.
TEST(AdvantageTest, BothCountAsTermination) {
  RolloutBuffer b = FourSteps();
  b.terminated[1] = b.truncated[1] = 1;
  b.final_value[1] = 100;
  ComputeAdvantages(b, 0.5, 0.5);
  EXPECT_EQ(b.advantage[1], 2 - 20);
}

// Without this, a diverged simulation would teach its reward of 0: the episode must end one row
// earlier and bootstrap from the value of the state that row led to.
TEST(AdvantageTest, FaultEndsTheEpisodeOneRowEarlier) {
  RolloutBuffer b = FourSteps();
  b.reward[2] = 0;
  b.fault[2] = b.truncated[2] = 1;
  b.final_value[2] = 1000;
  ComputeAdvantages(b, 0.5, 0.5);
  const double a3 = -7, a1 = 2 + 15 - 20, a0 = 1 + a1 / 4;
  ExpectAdvantages(b, {a0, a1, 0, a3});
}

// Without this, a fault on the first step of an episode would reach back into the one before.
TEST(AdvantageTest, FaultAfterAnEndLeavesThatEndAlone) {
  RolloutBuffer b = FourSteps();
  b.terminated[1] = 1;
  b.fault[2] = b.truncated[2] = 1;
  ComputeAdvantages(b, 0.5, 0.5);
  EXPECT_EQ(b.advantage[1], 2 - 20);
  EXPECT_EQ(b.advantage[2], 0);
}

// Without this, environments could be mixed up.
TEST(AdvantageTest, EnvironmentsAreApart) {
  RolloutBuffer b(2, 2, 4, 1, 0, 0);
  b.reward = {1, 100, 2, 200};
  b.value = {10, 1000, 20, 2000, 30, 3000};
  ComputeAdvantages(b, 0.5, 0.5);
  EXPECT_EQ(b.advantage[2], 2 + 15 - 20);
  EXPECT_EQ(b.advantage[0], 1 + 10 - 10 + b.advantage[2] / 4);
  EXPECT_EQ(b.advantage[3], 200 + 1500 - 2000);
  EXPECT_EQ(b.advantage[1], 100 + 1000 - 1000 + b.advantage[3] / 4);
}

}  // namespace
}  // namespace carrot
