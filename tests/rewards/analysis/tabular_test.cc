// Deleted: a reward distance could be any number between 0 and 1. Values are worked out by hand;
// the invariances are what the papers prove.
#include "rewards/analysis/tabular.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/rng.h"

namespace carrot {
namespace {

// Two states; action k moves to state k.
TabularTask TwoStates() { return {2, 2, 0.5, {1, 0, 0, 1, 1, 0, 0, 1}}; }

TabularTask RandomTask(int states, int actions, uint64_t seed) {
  TabularTask task{states, actions, 0.9, {}};
  Rng rng(Key(seed, RngDomain::kTest));
  for (int row = 0; row < states * actions; ++row) {
    std::vector<double> p(states);
    double sum = 0;
    for (double& x : p) sum += x = rng.Uniform();
    for (double x : p) task.transition.push_back(x / sum);
  }
  return task;
}

TabularReward RandomReward(const TabularTask& task, uint64_t seed) {
  TabularReward reward(task.transition.size());
  Rng rng(Key(seed, RngDomain::kTest, 1));
  for (double& x : reward) x = rng.Normal();
  return reward;
}

// scale * reward + gamma phi(s') - phi(s)
TabularReward Shaped(const TabularTask& task, const TabularReward& reward, double scale,
                     const std::vector<double>& phi) {
  TabularReward shaped(reward);
  size_t at = 0;
  for (int s = 0; s < task.states; ++s) {
    for (int a = 0; a < task.actions; ++a) {
      for (int next = 0; next < task.states; ++next, ++at) {
        shaped[at] = scale * reward[at] + task.gamma * phi[next] - phi[s];
      }
    }
  }
  return shaped;
}

// One action, uniform transitions, R1 pays for 0 -> 0 and R2 for 1 -> 1. Means of R1 by state are
// 1/2, 0, overall 1/4, so C(R1) = 5/8, -5/8, 1/8, -1/8; C(R2) is its mirror image -1/8, 1/8, -5/8,
// 5/8. Correlation (-20/64) / (52/64) = -5/13, distance sqrt((1 + 5/13) / 2) = sqrt(9/13).
TEST(Epic, MatchesTheHandComputedValue) {
  const TabularTask task{2, 1, 0.5, {0.5, 0.5, 0.5, 0.5}};
  EXPECT_NEAR(EpicDistance(task, {1, 0, 0, 0}, {0, 0, 0, 1}), std::sqrt(9.0 / 13), 1e-14);
}

// (s, a) in the order 00, 01, 10, 11; R1 pays 1 in 00, R2 in 11. Shaping columns are
// (-1/2, -1, 1/2, 0) and (0, 1/2, -1, -1/2); their Gram matrix (3/2, -1; -1, 3/2). Projections:
// |C1|^2 = |C2|^2 = 1 - 3/10 = 7/10, C1.C2 = -2/10, cosine -2/7, distance sqrt(9/14).
TEST(Starc, MinimalMatchesTheHandComputedValue) {
  const TabularReward first{1, 0, 0, 0, 0, 0, 0, 0}, second{0, 0, 0, 0, 0, 0, 0, 1};
  EXPECT_NEAR(StarcDistance(TwoStates(), first, second), std::sqrt(9.0 / 14), 1e-14);
}

// The random policy is worth 3/4 and 1/4 under R1: C(R1) = 5/8, -5/8, 1/8, -1/8, as in the EPIC
// case, and the mirror image for R2.
TEST(Starc, ValueAdjustedMatchesTheHandComputedValue) {
  const TabularReward first{1, 0, 0, 0, 0, 0, 0, 0}, second{0, 0, 0, 0, 0, 0, 0, 1};
  EXPECT_NEAR(StarcDistance(TwoStates(), first, second, Canonical::kValueAdjusted),
              std::sqrt(9.0 / 13), 1e-14);
}

// A bandit with three arms: both canonicalisations take the mean away. (2,-1,-1)/3 against
// (-1,2,-1)/3: cosine -1/2.
TEST(Starc, OfABanditIsAnAngle) {
  const TabularTask bandit{1, 3, 0.9, {1, 1, 1}};
  for (Canonical canonical : {Canonical::kMinimal, Canonical::kValueAdjusted}) {
    EXPECT_NEAR(StarcDistance(bandit, {1, 0, 0}, {0, 1, 0}, canonical), std::sqrt(0.75), 1e-12);
  }
}

TEST(TabularDistances, IgnoreShapingAndScaleAndAreOneForOpposites) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const TabularTask task = RandomTask(5, 3, seed);
    const TabularReward reward = RandomReward(task, seed), other = RandomReward(task, seed + 50);
    const TabularReward same = Shaped(task, reward, 3.5, {1, -2, 0.5, 40, 7});
    TabularReward opposite = Shaped(task, reward, -0.2, {9, 0, 2, -1, 1});
    const auto check = [&](auto distance) {
      EXPECT_NEAR(distance(reward, same), 0, 1e-7);
      EXPECT_NEAR(distance(reward, opposite), 1, 1e-12);
      const double between = distance(reward, other);
      EXPECT_GT(between, 0.2);
      EXPECT_LT(between, 0.95);
      EXPECT_NEAR(distance(same, other), between, 1e-12);
      EXPECT_NEAR(distance(other, reward), between, 1e-12);
    };
    check([&](const auto& a, const auto& b) { return EpicDistance(task, a, b); });
    check([&](const auto& a, const auto& b) { return StarcDistance(task, a, b); });
    check([&](const auto& a, const auto& b) {
      return StarcDistance(task, a, b, Canonical::kValueAdjusted);
    });
  }
}

// STARC looks through redistribution over s' (the expectation is the same); EPIC does not: the
// known difference between the two.
TEST(TabularDistances, OnlyStarcIgnoresRedistribution) {
  const TabularTask task = RandomTask(3, 2, 9);
  const TabularReward reward = RandomReward(task, 9);
  TabularReward moved(reward);
  for (size_t row = 0; row < moved.size(); row += 3) {
    moved[row] += 2 * task.transition[row + 1];
    moved[row + 1] -= 2 * task.transition[row];
  }
  EXPECT_NEAR(StarcDistance(task, reward, moved), 0, 1e-7);
  EXPECT_GT(EpicDistance(task, reward, moved), 0.1);
}

TEST(TabularDistances, OfPureShaping) {
  const TabularTask task = RandomTask(4, 2, 3);
  const TabularReward zero(task.transition.size(), 0.0), reward = RandomReward(task, 3);
  const TabularReward shaping = Shaped(task, zero, 1, {1, 5, 2, 0});
  EXPECT_EQ(StarcDistance(task, shaping, zero), 0);
  EXPECT_EQ(StarcDistance(task, shaping, reward), 0.5);
  EXPECT_EQ(StarcDistance(task, shaping, reward, Canonical::kValueAdjusted), 0.5);
  EXPECT_TRUE(std::isnan(EpicDistance(task, shaping, reward)));
}

}  // namespace
}  // namespace carrot
