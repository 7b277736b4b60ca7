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
  const auto recording = testing::RecordToy(run);
  std::vector<const EpisodeSummary*> whole;
  for (const EpisodeSummary& episode : recording.finished) {
    if (!episode.fault) whole.push_back(&episode);
  }
  ASSERT_GT(whole.size(), 3u);
  const auto say = [&](size_t i, LabelKind kind) {
    return EpisodeLabel{.env = whole[i]->env, .episode = whole[i]->episode, .kind = kind};
  };
  const std::vector<RecordingLabels> labels{
      {"a", {say(1, LabelKind::kBad), say(2, LabelKind::kGood), say(3, LabelKind::kRating)}},
      {"b", {say(2, LabelKind::kBad)}}};
  const std::vector<const Trace*> traces{recording.trace.get(), recording.trace.get()};
  const auto judged = JudgeEpisodes(traces, labels);
  size_t finished = 0;
  for (const EpisodeSummary& episode : recording.finished) finished += !episode.fault;
  ASSERT_EQ(judged.size(), 2 * finished);
  EXPECT_EQ(Strata(judged, 2),
            (std::vector<int>{static_cast<int>(finished), static_cast<int>(finished)}));
  std::vector<double> said;
  for (const JudgedEpisode& episode : judged) {
    for (const EpisodeSummary& live : recording.finished) {
      if (live.env != episode.env || live.episode != episode.episode) continue;
      EXPECT_EQ(episode.success, live.success);
      EXPECT_EQ(episode.length, live.length);
    }
    if (episode.labelled) {
      said.push_back(episode.truth);
    } else {
      EXPECT_EQ(episode.truth, episode.success ? 1 : 0);
    }
  }
  ASSERT_EQ(said.size(), 3u);
  EXPECT_EQ(said[0] + said[1], 1);  // of a: one bad, one good
  EXPECT_EQ(said[2], 0);
}

// Deleted: what people preferred could be read the wrong way round, or of another recording.
TEST(Preferences, AreCountedByWhatARewardPays) {
  const std::vector<JudgedEpisode> episodes{{.recording = 0, .env = 0, .episode = 4},
                                            {.recording = 0, .env = 1, .episode = 4},
                                            {.recording = 1, .env = 0, .episode = 4},
                                            {.recording = 1, .env = 1, .episode = 4}};
  const auto better = [](int env, const char* recording, int other, int64_t episode = 4) {
    return EpisodeLabel{.env = env,
                        .episode = 4,
                        .kind = LabelKind::kBetter,
                        .other_recording = recording,
                        .other_env = other,
                        .other_episode = episode};
  };
  const std::vector<RecordingLabels> labels{
      {"/a", {better(0, "/a", 1), better(1, "/b", 0), better(1, "/b", 0, 9), better(0, "/c", 0)}},
      {"/b", {better(1, "/a", 0)}}};
  const std::vector<Preference> preferences = Preferences(episodes, labels);
  ASSERT_EQ(preferences.size(), 3u);  // two are of episodes that are not here
  EXPECT_EQ(preferences[1].better, 1u);
  EXPECT_EQ(preferences[1].worse, 2u);
  const PairCounts counts = CountPreferences(preferences, Values{3, 2, 2, 1});
  EXPECT_EQ(counts.comparable, 3);
  EXPECT_EQ(counts.agreeing, 1);  // 3 > 2
  EXPECT_EQ(counts.tied, 1);      // 2 = 2
  EXPECT_EQ(counts.inverted, 1);  // 1 < 3
}

}  // namespace
}  // namespace carrot
