#include "gui/view/pyramid.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

namespace carrot {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsNan;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Pyramid Make(int64_t count, const std::function<double(int64_t)>& value) {
  Pyramid pyramid;
  std::vector<float> samples;
  for (int64_t i = 0; i < count; ++i) samples.push_back(static_cast<float>(value(i)));
  pyramid.Build(std::move(samples));
  return pyramid;
}

PyramidPoints Points(const Pyramid& pyramid, double from, double to, int columns,
                     double scale = 1) {
  PyramidPoints points;
  pyramid.Points(from, to, columns, scale, &points);
  EXPECT_EQ(points.x.size(), points.mean.size());
  EXPECT_EQ(points.x.size(), points.low.size());
  EXPECT_EQ(points.x.size(), points.high.size());
  return points;
}

double Highest(const PyramidPoints& points) {
  return *std::max_element(points.high.begin(), points.high.end());
}

// Deleted: the one step in ten million in which a reward is hacked could be invisible until one
// zooms in on it.
TEST(PyramidTest, OneSampleInTenMillionStaysVisible) {
  constexpr int64_t kCount = 10'000'000, kSpike = 6'283'185, kDip = 3'141'592;
  const Pyramid pyramid = Make(kCount, [](int64_t i) {
    return i == kSpike ? 100.0 : i == kDip ? -50.0 : 1e-3 * (i % 7);
  });
  for (const int columns : {1, 64, 640, 1600}) {
    SCOPED_TRACE(columns);
    const PyramidPoints points = Points(pyramid, 0, kCount, columns);
    EXPECT_LE(points.x.size(), std::max(8u, 2u * columns + 2)) << "drawn at the cost of its pixels";
    EXPECT_FALSE(points.samples);
    EXPECT_EQ(Highest(points), 100);
    EXPECT_EQ(*std::min_element(points.low.begin(), points.low.end()), -50);
    // And it is where it belongs.
    const size_t at =
        std::max_element(points.high.begin(), points.high.end()) - points.high.begin();
    const double width = points.x.size() > 1 ? points.x[1] - points.x[0] : kCount;
    EXPECT_LE(std::abs(points.x[at] - kSpike), width / 2);
  }
  // At any zoom around it, down to the samples themselves.
  for (double half = kCount / 2; half >= 1; half /= 3) {
    SCOPED_TRACE(half);
    EXPECT_EQ(Highest(Points(pyramid, kSpike - half, kSpike + half, 640)), 100);
  }
  EXPECT_EQ(pyramid.At(kSpike), 100);
}

// Deleted: a curve could shimmer while it is moved under the mouse.
TEST(PyramidTest, BucketsLieOnTheSampleGrid) {
  const Pyramid pyramid = Make(100'000, [](int64_t i) { return std::sin(0.01 * i); });
  const PyramidPoints one = Points(pyramid, 20'000, 60'000, 500);
  const PyramidPoints two = Points(pyramid, 20'001, 60'001, 500);
  ASSERT_GT(one.x.size(), 100u);
  for (size_t i = 0; i < std::min(one.x.size(), two.x.size()); ++i) {
    ASSERT_EQ(one.x[i], two.x[i]);
    ASSERT_EQ(one.mean[i], two.mean[i]);
  }
  EXPECT_LE(one.x.front(), 20'000);
  EXPECT_GE(one.x.back(), 59'900) << "to the edge of what is shown";
}

// Deleted: a step that is not a number could hide its neighbours, or make a curve of its own.
TEST(PyramidTest, SamplesThatAreNotFiniteAreLeftOut) {
  const Pyramid gaps = Make(6400, [](int64_t i) {
    if (i >= 640 && i < 1280) return std::nan("");
    return i % 3 == 0 ? std::nan("") : i % 5 == 0 ? kInfinity : 2.0;
  });
  const PyramidPoints points = Points(gaps, 0, 6400, 50);
  ASSERT_FALSE(points.samples);
  int missing = 0;
  for (size_t i = 0; i < points.x.size(); ++i) {
    if (std::isnan(points.mean[i])) {
      ++missing;
      EXPECT_TRUE(std::isnan(points.low[i]) && std::isnan(points.high[i]));
      EXPECT_GT(points.x[i], 600);
      EXPECT_LT(points.x[i], 1300);
    } else {
      EXPECT_EQ(points.low[i], 2);
      EXPECT_EQ(points.mean[i], 2);
      EXPECT_EQ(points.high[i], 2);
    }
  }
  EXPECT_EQ(missing, 10) << "buckets of 64 without a number in them";
  const PyramidPoints none = Points(Make(1000, [](int64_t) { return std::nan(""); }), 0, 1000, 10);
  EXPECT_THAT(none.mean, Each(IsNan()));
}

// Deleted: a negative weight could turn a band inside out, so that it is drawn as nothing.
TEST(PyramidTest, ANegativeScaleTurnsLowAndHigh) {
  const Pyramid pyramid = Make(1000, [](int64_t i) { return static_cast<double>(i % 10); });
  const PyramidPoints plain = Points(pyramid, 0, 1000, 20);
  const PyramidPoints turned = Points(pyramid, 0, 1000, 20, -2);
  ASSERT_EQ(plain.x, turned.x);
  for (size_t i = 0; i < plain.x.size(); ++i) {
    EXPECT_LE(turned.low[i], turned.high[i]);
    EXPECT_EQ(turned.low[i], -2 * plain.high[i]);
    EXPECT_EQ(turned.high[i], -2 * plain.low[i]);
    EXPECT_EQ(turned.mean[i], -2 * plain.mean[i]);
  }
}

// Deleted: an episode that has just begun could read beyond its column.
TEST(PyramidTest, SmallSizesAreWhatTheyAre) {
  for (const int64_t count : {0, 1, 7, 8, 9, 64, 65, 513}) {
    SCOPED_TRACE(count);
    const Pyramid pyramid = Make(count, [](int64_t i) { return static_cast<double>(i); });
    EXPECT_EQ(pyramid.size(), count);
    const PyramidPoints all = Points(pyramid, 0, static_cast<double>(count), 1000);
    EXPECT_EQ(all.x.size(), static_cast<size_t>(count));
    EXPECT_TRUE(all.samples);
    for (int64_t i = 0; i < count; ++i) {
      EXPECT_EQ(all.x[i], i);
      EXPECT_EQ(all.low[i], i);
      EXPECT_EQ(all.mean[i], i);
      EXPECT_EQ(all.high[i], i);
    }
    const PyramidPoints coarse = Points(pyramid, 0, static_cast<double>(count), 1);
    if (count > 0) {
      EXPECT_EQ(Highest(coarse), count - 1);
      EXPECT_EQ(coarse.low[0], 0);
    }
    // Beside what there is.
    EXPECT_LE(Points(pyramid, -100, -50, 10).x.size(), 1u);
    EXPECT_LE(Points(pyramid, 1e6, 2e6, 10).x.size(), 1u);
  }
  EXPECT_THAT(Points(Make(9, [](int64_t i) { return i == 8 ? 5.0 : 1.0; }), 0, 9, 1).high,
              ElementsAre(1, 5));
}

}  // namespace
}  // namespace carrot
