// Deleted: every printed interval could be wrong without anyone noticing.
#include "rewards/analysis/intervals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/base/rng.h"

namespace carrot {
namespace {

TEST(Wilson, MatchesPublishedValues) {
  // Newcombe (1998), table 1: 81/263, 15/148, 0/20, 1/29, 95 %, method 3.
  const auto expect = [](int64_t x, int64_t n, double low, double high) {
    const Interval interval = WilsonInterval(x, n);
    EXPECT_NEAR(interval.low, low, 5e-5) << x << "/" << n;
    EXPECT_NEAR(interval.high, high, 5e-5) << x << "/" << n;
  };
  expect(81, 263, 0.2553, 0.3662);
  expect(15, 148, 0.0624, 0.1605);
  expect(0, 20, 0.0, 0.1611);
  expect(1, 29, 0.0061, 0.1718);
}

TEST(Wilson, StaysInsideTheUnitInterval) {
  EXPECT_EQ(WilsonInterval(20, 20).high, 1.0);
  EXPECT_EQ(WilsonInterval(0, 20).low, 0.0);
  EXPECT_EQ(WilsonInterval(0, 0).low, 0.0);
  EXPECT_EQ(WilsonInterval(0, 0).high, 1.0);
}

TEST(BootstrapMean, AgreesWithTheNormalApproximation) {
  std::vector<double> values;
  Rng rng(Key(1, RngDomain::kTest));
  double sum = 0, sum_sq = 0;
  for (int i = 0; i < 400; ++i) values.push_back(rng.Normal());
  for (double value : values) sum += value, sum_sq += value * value;
  const double mean = sum / 400, std = std::sqrt(sum_sq / 400 - mean * mean);
  const std::vector<std::vector<double>> groups{values};
  const Interval interval = BootstrapMean(groups);
  EXPECT_NEAR(interval.low, mean - 1.96 * std / 20, 0.01);
  EXPECT_NEAR(interval.high, mean + 1.96 * std / 20, 0.01);
}

// Two seeds that differ by 100 with no spread inside: resampling within seeds leaves no spread,
// whereas pooling them would give +-70.
TEST(BootstrapMean, ResamplesWithinGroups) {
  const std::vector<std::vector<double>> groups{{0, 0, 0}, {100, 100, 100}};
  const Interval interval = BootstrapMean(groups);
  EXPECT_EQ(interval.low, 50);
  EXPECT_EQ(interval.high, 50);
}

// Exact distribution: the mean of two draws from {0, 1} is 0, 1/2, 1 with probability 1/4, 1/2,
// 1/4, so both 95 % percentiles are the extremes. From 4 equal draws of {0, 1}: P(mean = 0) = 1/16
// > 2.5 %.
TEST(BootstrapMean, MatchesAnExactSmallDistribution) {
  const std::vector<double> two{0, 1};
  EXPECT_EQ(BootstrapMean(two).value, 0.5);
  EXPECT_EQ(BootstrapMean(two).low, 0);
  EXPECT_EQ(BootstrapMean(two).high, 1);
  // 20 draws, half ones: the resampled sum is Binomial(20, 1/2), whose 2.5 and 97.5 % points are
  // 6, 14.
  std::vector<double> twenty(20, 0.0);
  std::fill(twenty.begin(), twenty.begin() + 10, 1.0);
  EXPECT_DOUBLE_EQ(BootstrapMean(twenty).low, 6.0 / 20);
  EXPECT_DOUBLE_EQ(BootstrapMean(twenty).high, 14.0 / 20);
}

// Deleted: a comparison across training seeds could be ruled by one outlier.
TEST(InterquartileMean, LeavesOutTheOuterQuarters) {
  EXPECT_DOUBLE_EQ(InterquartileMean(std::vector<double>{-1000, 1, 3, 5000}), 2.0);
  // Five samples: the border samples count 3/4. (0.75 * 2 + 3 + 0.75 * 4) / 2.5 = 3.
  EXPECT_DOUBLE_EQ(InterquartileMean(std::vector<double>{5, 4, 3, 2, 1}), 3.0);
  // (0.75 * 1 + 2 + 0.75 * 30) / 2.5
  EXPECT_DOUBLE_EQ(InterquartileMean(std::vector<double>{0, 1, 2, 30, 90}), 10.1);
  EXPECT_TRUE(std::isnan(InterquartileMean(std::vector<double>{})));
  const std::vector<std::vector<double>> strata{{1, 1, 1}, {3, 3, 3}};
  EXPECT_EQ(BootstrapIqm(strata).low, 2.0);
  EXPECT_EQ(BootstrapIqm(strata).high, 2.0);
}

TEST(BootstrapMean, IsAFunctionOfItsInput) {
  const std::vector<std::vector<double>> groups{{1.1, 5.3, 2.7, 8.2, 3.14, 9.9}};
  EXPECT_EQ(BootstrapMean(groups).low, BootstrapMean(groups).low);
  EXPECT_NE(BootstrapMean(groups, 0, 100).low, BootstrapMean(groups, 1, 100).low);
  EXPECT_TRUE(std::isnan(BootstrapMean(std::vector<double>{}).low));
  const std::vector<std::vector<double>> one{{3}};
  EXPECT_EQ(BootstrapMean(one).high, 3);
}

}  // namespace
}  // namespace carrot
