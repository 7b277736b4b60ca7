// Deleted: every printed interval could be wrong without anyone noticing.
#include "rewards/analysis/intervals.h"

#include <gtest/gtest.h>

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

TEST(BootstrapMean, IsAFunctionOfItsInput) {
  const std::vector<std::vector<double>> groups{{1, 5, 2, 8}};
  EXPECT_EQ(BootstrapMean(groups).low, BootstrapMean(groups).low);
  EXPECT_TRUE(std::isnan(BootstrapMean({}).low));
  const std::vector<std::vector<double>> one{{3}};
  EXPECT_EQ(BootstrapMean(one).high, 3);
}

}  // namespace
}  // namespace carrot
