// Stages: every expected value is computed by hand.
#include "engine/core/reward_stages.h"

#include <gmock/gmock.h>

#include <cmath>

#include "engine/core/reward_function.h"

namespace carrot {
namespace {

using ::testing::ElementsAre;

// Without it a stage could act on another scale or around another centre than it says.
TEST(CausalStages, ClipAndPar) {
  const RewardStage clip{RewardStage::Kind::kClip, -1, 2, {}};
  EXPECT_EQ(ApplyStage(clip, -7), -1);
  EXPECT_EQ(ApplyStage(clip, 1.5), 1.5);
  EXPECT_EQ(ApplyStage(clip, 3), 2);
  const RewardStage par{RewardStage::Kind::kPar, 2, 0, {3}};
  EXPECT_EQ(ApplyStage(par, 3), 0.5);
  EXPECT_DOUBLE_EQ(ApplyStage(par, 5), 1 / (1 + std::exp(-1.0)));
  EXPECT_DOUBLE_EQ(ApplyStage(par, 1) + ApplyStage(par, 5), 1);
  EXPECT_EQ(ApplyStage(par, 1e6), 1);
  EXPECT_EQ(ApplyStage(par, -1e6), 0);
  const RewardStage two{RewardStage::Kind::kPar, 1, 0, {0, std::log(3.0)}};
  EXPECT_DOUBLE_EQ(ApplyStage(two, 0), (0.5 + 0.25) / 2);
}

// Without it a repeated step could earn, or an episode's last row lose its own worth.
TEST(LearnStages, CapAndDelta) {
  const double next = 3;
  EXPECT_EQ((LearnStages{}.Apply(5, &next)), 5);
  EXPECT_EQ((LearnStages{.cap = 2.0}.Apply(5, &next)), 0);
  EXPECT_EQ((LearnStages{.cap = 2.0}.Apply(0.5, &next)), -1.5);
  EXPECT_EQ((LearnStages{.delta = true}.Apply(5, &next)), 2);
  EXPECT_EQ((LearnStages{.delta = true}.Apply(5, nullptr)), 5);
  const double low = 1;
  EXPECT_EQ((LearnStages{.cap = 2.0, .delta = true}.Apply(5, &low)), 0 - (1 - 2));
}

// Without it a recording could not say what was learnt from: rows at the ends of episodes, faults
// and segments are where it goes wrong.
TEST(LearnStages, RecomputedFromRecordedRows) {
  const LearnStages delta{.delta = true};
  const std::vector<double> paid = {1, 4, 2, 7, 7, 5, 0, 3};
  //                                  ends      | fault after 7 | open
  const std::vector<uint8_t> flags = {0, 0, kRowTerminated, 0, 0, kRowFault | kRowTruncated, 0, 0};
  const LearnSegment all{0, 7};
  EXPECT_THAT(RewardLearn(delta, paid, flags, std::vector{all}),
              ElementsAre(-3, 2, 2, 0, 7, 0, -3, 0));
  const std::vector<LearnSegment> halves = {{0, 3, 2.0, 5.0}, {3, 7, 10.0, 20.0}};
  EXPECT_THAT(RewardLearn(delta, paid, flags, halves), ElementsAre(-5, 4, 4, 0, 20, 0, -20, 0));
  // The sum over an episode, undiscounted, is what its first step was paid.
  const std::vector<uint8_t> ends = {0, 0, 0, 0, 0, 0, 0, kRowTruncated};
  double sum = 0;
  for (double x : RewardLearn(delta, paid, ends, std::vector{LearnSegment{0, 8}})) sum += x;
  EXPECT_EQ(sum, paid[0]);
}

}  // namespace
}  // namespace carrot
