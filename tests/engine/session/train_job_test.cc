// Deleted: a window that trains for hours could grow by every iteration, and draw each of them.
#include "engine/session/train_job.h"

#include <gtest/gtest.h>

namespace carrot {
namespace {

TEST(TrainJob, ACurveIsThinnedEvenlyAndEndsWithTheNewest) {
  std::vector<PpoMetrics> curve;
  int64_t stride = 1;
  for (int64_t iteration = 1; iteration <= 50'001; ++iteration) {
    PpoMetrics metrics;
    metrics.iteration = iteration;
    AddToCurve(metrics, &curve, &stride);
    ASSERT_LE(curve.size(), kMostCurvePoints);
    ASSERT_EQ(curve.back().iteration, iteration);
  }
  EXPECT_EQ(stride, 128);  // 50,001 / 128 is below 500, / 64 is not
  for (size_t i = 0; i + 1 < curve.size(); ++i) {
    EXPECT_EQ(curve[i].iteration, static_cast<int64_t>(i + 1) * stride);
  }
}

}  // namespace
}  // namespace carrot
