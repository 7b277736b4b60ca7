// Deleted: `compare`, `sweep` and the rank alarm could call a reward good that orders behaviours
// the wrong way round.
#include "rewards/analysis/ranking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "engine/base/rng.h"

namespace carrot {
namespace {

using ::testing::ElementsAre;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
using Values = std::vector<double>;

TEST(AverageRanks, ShareTheMeanOfTies) {
  EXPECT_THAT(AverageRanks(Values{10, 20, 20, 5}), ElementsAre(2, 3.5, 3.5, 1));
  EXPECT_THAT(AverageRanks(Values{0.0, -0.0, -kInf, kInf}), ElementsAre(2.5, 2.5, 1, 4));
  EXPECT_TRUE(AverageRanks(Values{}).empty());
}

TEST(Spearman, MatchesHandComputedValues) {
  // Ranks of y are 1, 2, 3.5, 5, 3.5: sum of products of deviations 8, of squares 10 and 9.5.
  EXPECT_NEAR(Spearman(Values{1, 2, 3, 4, 5}, Values{5, 6, 7, 8, 7}), 8 / std::sqrt(95.0), 1e-15);
  EXPECT_EQ(Spearman(Values{1, 2, 3}, Values{1, 8, 27}), 1);
  EXPECT_EQ(Spearman(Values{1, 2, 3}, Values{5, 4, -kInf}), -1);
  // Without ties it is 1 - 6 sum d^2 / (n (n^2 - 1)); d = 0, 1, -1, 1, -1.
  EXPECT_NEAR(Spearman(Values{1, 2, 3, 4, 5}, Values{1, 3, 2, 5, 4}), 1 - 6 * 4 / 120.0, 1e-15);
}

// A constant success (all fail, all succeed) must read "no rank", never 0 or 1.
TEST(Spearman, IsNaNWhereThereIsNoOrder) {
  EXPECT_TRUE(std::isnan(Spearman(Values{1, 2, 3}, Values{1, 1, 1})));
  EXPECT_TRUE(std::isnan(Spearman(Values{1}, Values{1})));
  EXPECT_TRUE(std::isnan(Spearman(Values{}, Values{})));
  EXPECT_EQ(Spearman(Values{1, kNaN, 2, 3}, Values{1, 7, kNaN, 2}), 1);
}

TEST(SpearmanInterval, CoversTheValueAndKeepsToStrata) {
  Values x, y;
  Rng rng(Key(3, RngDomain::kTest));
  for (int i = 0; i < 200; ++i) {
    x.push_back(rng.Normal());
    y.push_back(x.back() + rng.Normal());
  }
  const Interval interval = SpearmanInterval(x, y, {}, 0, 2000);
  EXPECT_EQ(interval.value, Spearman(x, y));
  // Fisher's z with the variance of Bonett and Wright (2000): (1 + rho^2 / 2) / (n - 3).
  const double z = std::atanh(interval.value);
  const double half = 1.96 * std::sqrt((1 + interval.value * interval.value / 2) / 197);
  EXPECT_NEAR(interval.low, std::tanh(z - half), 0.03);
  EXPECT_NEAR(interval.high, std::tanh(z + half), 0.03);
  // Two policies, one always better in both: within strata nothing changes, so rho cannot.
  const std::vector<int> strata{3, 3};
  const Interval fixed =
      SpearmanInterval(Values{1, 1, 1, 2, 2, 2}, Values{0, 0, 0, 1, 1, 1}, strata);
  EXPECT_EQ(fixed.low, 1);
  EXPECT_EQ(fixed.high, 1);
  // A NaN entry leaves its own stratum smaller, not the next one.
  const Interval without =
      SpearmanInterval(Values{1, kNaN, 1, 2, 2, 2}, Values{0, 5, 0, 1, 1, 1}, strata);
  EXPECT_EQ(without.low, 1);
}

TEST(SpearmanInterval, HasNoBoundsIfMostResamplesHaveNoOrder) {
  // One success in 40 episodes is in 1 - (39/40)^40 = 64 % of the resamples.
  Values x(40), y(40, 0.0);
  for (int i = 0; i < 40; ++i) x[i] = i;
  EXPECT_TRUE(std::isnan(SpearmanInterval(x, y).low));
  y[39] = 1;
  EXPECT_GT(SpearmanInterval(x, y).low, 0);
}

PairCounts BruteForce(const Values& truth, const Values& score) {
  PairCounts counts;
  for (size_t i = 0; i < truth.size(); ++i) {
    for (size_t j = 0; j < truth.size(); ++j) {
      if (!(truth[i] > truth[j]) || std::isnan(score[i]) || std::isnan(score[j])) continue;
      ++counts.comparable;
      ++(score[i] > score[j]   ? counts.agreeing
         : score[i] < score[j] ? counts.inverted
                               : counts.tied);
    }
  }
  return counts;
}

TEST(CountPairs, MatchesCountingEveryPair) {
  const PairCounts counts = CountPairs(Values{1, 1, 0, 0, 0}, Values{5, 2, 3, 2, 1});
  EXPECT_EQ(counts.comparable, 6);
  EXPECT_EQ(counts.inverted, 1);  // 2 against 3
  EXPECT_EQ(counts.tied, 1);      // 2 against 2
  EXPECT_EQ(counts.agreeing, 4);
  Rng rng(Key(4, RngDomain::kTest));
  for (uint32_t levels : {2u, 5u, 1000u}) {
    Values truth, score;
    for (int i = 0; i < 150; ++i) {
      truth.push_back(rng.Below(levels));
      score.push_back(i % 17 == 0 ? kNaN : rng.Below(30));
    }
    const PairCounts fast = CountPairs(truth, score), slow = BruteForce(truth, score);
    EXPECT_EQ(fast.comparable, slow.comparable);
    EXPECT_EQ(fast.agreeing, slow.agreeing);
    EXPECT_EQ(fast.inverted, slow.inverted);
    EXPECT_EQ(fast.tied, slow.tied);
    EXPECT_EQ(WidestInversions(truth, score, 1 << 20).size(), static_cast<size_t>(slow.inverted));
  }
  EXPECT_EQ(CountPairs(Values{}, Values{}).comparable, 0);
}

TEST(WidestInversions, NamesTheWorstPairsFirst) {
  const auto widest = WidestInversions(Values{1, 1, 0, 0}, Values{2, 4, 9, 5}, 2);
  ASSERT_EQ(widest.size(), 2u);
  EXPECT_EQ(widest[0].better, 0);
  EXPECT_EQ(widest[0].worse, 2);
  EXPECT_EQ(widest[0].gap, 7);
  EXPECT_EQ(widest[1].better, 1);
  EXPECT_EQ(widest[1].gap, 5);
  EXPECT_TRUE(WidestInversions(Values{1, 0}, Values{1, 0}, 5).empty());
}

TEST(ProbabilityOfImprovement, AveragesOverStrata) {
  // Task 1: 3 of 4 pairs above, task 2: one above, one tie of two pairs.
  const std::vector<Values> x{{2, 4}, {5}}, y{{1, 3}, {5, 4}};
  EXPECT_DOUBLE_EQ(ProbabilityOfImprovement(x, y).value, (0.75 + 0.75) / 2);
  const std::vector<Values> above{{10, 11, kNaN}, {}}, below{{1, 2}, {3}};
  const Interval sure =
      ProbabilityOfImprovement(above, below);  // the second task has one side only
  EXPECT_EQ(sure.value, 1);
  EXPECT_EQ(sure.low, 1);
  EXPECT_TRUE(std::isnan(ProbabilityOfImprovement({}, {}).value));
}

// Exact: x = {0, 1} against {0.5}: the resampled share is the mean of two coin flips.
TEST(ProbabilityOfImprovement, IntervalMatchesAnExactDistribution) {
  Values x(20, 0.0);
  std::fill(x.begin(), x.begin() + 10, 1.0);
  const std::vector<Values> mine{x}, theirs{{0.5}};
  const Interval interval = ProbabilityOfImprovement(mine, theirs);
  EXPECT_DOUBLE_EQ(interval.low, 6.0 / 20);  // Binomial(20, 1/2)
  EXPECT_DOUBLE_EQ(interval.high, 14.0 / 20);
}

}  // namespace
}  // namespace carrot
