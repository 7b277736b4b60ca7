// Deleted: a reward could pass its tests on recordings that cannot judge it, or on ties.
#include "rewards/analysis/truth.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

using Values = std::vector<double>;

TEST(JudgePairs, CountsBothSidesAndEveryPair) {
  const PairAccuracy accuracy = JudgePairs(Values{1, 1, 0, 0, 0}, Values{5, 2, 3, 2, 1});
  EXPECT_EQ(accuracy.good, 2);
  EXPECT_EQ(accuracy.bad, 3);
  EXPECT_EQ(accuracy.pairs.inverted, 1);
  EXPECT_EQ(accuracy.pairs.tied, 1);
  EXPECT_DOUBLE_EQ(accuracy.share.value, 4.0 / 6);  // a tie is not right
  EXPECT_LE(accuracy.share.low, accuracy.share.value);
  EXPECT_GE(accuracy.share.high, accuracy.share.value);
}

// The vacuous pass: without failures (or without successes) every order is right.
TEST(JudgePairs, WithOneSideEmptyAreNotJudged) {
  for (const Values& truth : {Values{1, 1}, Values{0, 0}, Values{}}) {
    const PairAccuracy accuracy = JudgePairs(truth, Values(truth.size(), 1.0));
    EXPECT_FALSE(accuracy.judged());
    EXPECT_TRUE(std::isnan(accuracy.share.value));
  }
}

// Exact: 20 good ones, half above the one bad one; the resampled share is Binomial(20, 1/2) / 20.
TEST(JudgePairs, IntervalMatchesAnExactDistribution) {
  Values truth(20, 1.0), score(20, 0.0);
  std::fill(score.begin(), score.begin() + 10, 1.0);
  truth.push_back(0);
  score.push_back(0.5);
  const Interval share = JudgePairs(truth, score).share;
  EXPECT_DOUBLE_EQ(share.value, 0.5);
  EXPECT_DOUBLE_EQ(share.low, 6.0 / 20);
  EXPECT_DOUBLE_EQ(share.high, 14.0 / 20);
}

// Episodes that are unfinished or ended by a fault have no truth; labels overrule success.
TEST(JudgeEpisodes, LeaveOutFaultsAndTakeLabels) {
  testing::ToyRun run{.task = {.horizon = 35, .fault_every = 5}};
  int64_t named[3] = {};  // the episodes under way
  run.before_step = [&](int step, VectorEnv& env, TraceWriter& writer) {
    if (step == 10) named[2] = env.episode()[2];
    if (step == 12) named[1] = env.episode()[1];
    if (step == 10) writer.Record("label", "", 0, "bad", 2);
    if (step == 10) writer.Record("label", "", 0, "good", 2);
    if (step == 12) writer.Record("label", "", 0, "bad", 1);
    if (step == 13) writer.Record("label", "", 0, "a remark", 1);
  };
  const auto recording = testing::RecordToy(run);
  const std::vector<const Trace*> traces{recording.trace.get(), recording.trace.get()};
  const auto judged = JudgeEpisodes(traces);
  size_t finished = 0;
  for (const EpisodeSummary& episode : recording.finished) finished += !episode.fault;
  ASSERT_EQ(judged.size(), 2 * finished);
  EXPECT_EQ(Strata(judged, 2),
            (std::vector<int>{static_cast<int>(finished), static_cast<int>(finished)}));
  int labels = 0;
  for (const JudgedEpisode& episode : judged) {
    for (const EpisodeSummary& live : recording.finished) {
      if (live.env != episode.env || live.episode != episode.episode) continue;
      EXPECT_EQ(episode.success, live.success);
      EXPECT_EQ(episode.length, live.length);
    }
    if (!episode.labelled) {
      EXPECT_EQ(episode.truth, episode.success ? 1 : 0);
      continue;
    }
    ++labels;
    EXPECT_EQ(episode.episode, named[episode.env]);
    EXPECT_EQ(episode.truth, episode.env == 2 ? 1 : 0);
  }
  EXPECT_EQ(labels, 4);
}

}  // namespace
}  // namespace carrot
