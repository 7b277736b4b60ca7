#include "rewards/analysis/term_stats.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

// One env, two episodes of given raw terms [step][term]; row 0 holds values that must not count.
std::shared_ptr<Trace> HandMade(const std::vector<std::vector<std::array<double, 2>>>& episodes,
                                uint8_t last_flags = kRowTruncated) {
  TraceSpec spec;
  spec.terms.resize(2);
  spec.terms[0].name = "a";
  spec.terms[1].name = "b";
  spec.has_potential = true;
  auto trace = std::make_shared<Trace>(spec);
  const TraceLayout& layout = trace->layout();
  for (size_t e = 0; e < episodes.size(); ++e) {
    const auto rows = static_cast<int>(episodes[e].size());
    TraceChunk* chunk = trace->NewChunk(rows);
    TraceBlock block;
    block.episode = static_cast<int64_t>(e);
    block.rows = rows;
    block.chunk = chunk;
    for (int r = 0; r < rows; ++r) {
      auto at = [&](int column) {
        return chunk->columns[column].data + r * chunk->columns[column].stride;
      };
      *reinterpret_cast<uint8_t*>(at(layout.flags)) = r == 0          ? kRowReset
                                                      : r + 1 == rows ? last_flags
                                                                      : 0;
      for (int k = 0; k < 2; ++k)
        *reinterpret_cast<double*>(at(layout.term + k)) = episodes[e][r][k];
      *reinterpret_cast<double*>(at(layout.phi)) = r;
    }
    trace->Publish(block);
  }
  return trace;
}

RewardSpec HandMadeReward() {
  RewardSpec reward;
  reward.terms.resize(2);
  reward.terms[0].name = "a";
  reward.terms[1].name = "b";
  reward.has_potential = true;
  return reward;
}

// Hand-computed: the table is what a user judges a reward by.
TEST(TermTable, MatchesHandComputedValues) {
  const auto trace = HandMade({{{99, 99}, {1, 0}, {2, 0}, {3, -4}}, {{99, 99}, {6, 2}}});
  ThreadPool pool(2);
  const RewardSpec reward = HandMadeReward();
  const auto sums = SumTerms(*trace, reward, nullptr, 0.5, pool);
  RewardWeights weights{{1.0, -0.5}, 2.0, 0.5};
  const auto table = TermTable(reward, sums, weights);
  ASSERT_EQ(table.size(), 3u);
  // a: 1 2 3 6; b: 0 0 -4 2; F with phi = 0 1 2 3 | 0 1: 0.5, 0, -0.5 | 0.5
  EXPECT_EQ(table[0].rows, 4);
  EXPECT_DOUBLE_EQ(table[0].mean, 3);
  EXPECT_DOUBLE_EQ(table[0].std, std::sqrt((4 + 1 + 0 + 9) / 4.0));
  EXPECT_EQ(table[0].min, 1);
  EXPECT_EQ(table[0].max, 6);
  EXPECT_EQ(table[0].activation, 1);
  EXPECT_DOUBLE_EQ(table[1].mean, -0.5);
  EXPECT_DOUBLE_EQ(table[1].activation, 0.5);
  EXPECT_DOUBLE_EQ(table[1].weighted_mean, 0.25);
  EXPECT_EQ(table[2].name, "(potential)");
  EXPECT_DOUBLE_EQ(table[2].mean, 0.125);
  EXPECT_DOUBLE_EQ(table[2].activation, 0.75);
  // Magnitudes |w x|: a 12, b 0.5 * 6 = 3, potential 2 * 1.5 = 3.
  EXPECT_DOUBLE_EQ(table[0].magnitude_share, 12.0 / 18);
  EXPECT_DOUBLE_EQ(table[1].magnitude_share, 3.0 / 18);
  EXPECT_DOUBLE_EQ(table[2].magnitude_share, 3.0 / 18);
  // Signed sums: a 12, b -0.5 * -2 = 1, potential 2 * 0.5 = 1.
  EXPECT_DOUBLE_EQ(table[0].signed_share, 12.0 / 14);
  EXPECT_DOUBLE_EQ(table[1].signed_share, 1.0 / 14);
}

// phi of a terminal state counts as 0: without this the table would show shaping that was never
// paid.
TEST(TermTable, ShapingIsZeroAtTermination) {
  const auto trace = HandMade({{{0, 0}, {1, 1}, {1, 1}}}, kRowTerminated);
  ThreadPool pool(1);
  const auto sums = SumTerms(*trace, HandMadeReward(), nullptr, 0.5, pool);
  EXPECT_DOUBLE_EQ(sums[2].sum, 0.5 * 1 - 0 + (0 - 1));
}

// An environment's fault is not the reward's: its row is left out.
TEST(TermTable, LeavesOutFaultRows) {
  const auto trace = HandMade({{{0, 0}, {1, 1}, {50, 50}}}, kRowTruncated | kRowFault);
  ThreadPool pool(1);
  const auto sums = SumTerms(*trace, HandMadeReward(), nullptr, 0.5, pool);
  EXPECT_EQ(sums[0].rows, 1);
  EXPECT_EQ(sums[0].max, 1);
}

// A monitor is watched, never paid: it must not take a share.
TEST(TermTable, MonitorsHaveNoShare) {
  RewardSpec reward = HandMadeReward();
  reward.terms[1].kind = TermKind::kMonitor;
  const auto trace = HandMade({{{0, 0}, {1, 1}, {2, 50}}});
  ThreadPool pool(1);
  const auto table =
      TermTable(reward, SumTerms(*trace, reward, nullptr, 0.5, pool), {{1.0, 1.0}, 0.0, 0.5});
  EXPECT_EQ(table[0].magnitude_share, 1);
  EXPECT_EQ(table[1].magnitude_share, 0);
  EXPECT_EQ(table[1].max, 50);
}

// Statistics of the recording and of a re-score with the same settings agree, at any worker count
// and however the rows are cut into blocks: they are printed by different verbs.
TEST(TermTable, AgreesBetweenRecordingAndRescore) {
  testing::ToyRun run{.task = {.horizon = 35, .fault_every = 5}};
  const auto recording = testing::RecordToy(run);
  ThreadPool one(1), three(3);
  const RewardSpec& reward = recording.reward->spec();
  const auto settings = DefaultSettings(reward, 0.99);
  const Score score =
      *Rescore(*recording.trace, recording.task->spec().state, *recording.reward, settings, three);
  const auto live =
      TermTable(reward, SumTerms(*recording.trace, reward, nullptr, 0.99, one), settings.weights);
  const auto again =
      TermTable(reward, SumTerms(*recording.trace, reward, &score, 0.99, three), settings.weights);
  ASSERT_EQ(live.size(), 6u);
  double share = 0;
  for (size_t k = 0; k < live.size(); ++k) {
    EXPECT_EQ(live[k].mean, again[k].mean);
    EXPECT_EQ(live[k].std, again[k].std);
    EXPECT_EQ(live[k].activation, again[k].activation);
    EXPECT_EQ(live[k].magnitude_share, again[k].magnitude_share);
    share += live[k].magnitude_share;
  }
  EXPECT_NEAR(share, 1, 1e-12);
}

// Faults are counted and left out of every rate; unfinished episodes are not episodes.
TEST(EpisodeStats, CountsFinishedEpisodes) {
  std::vector<EpisodeSummary> episodes(5);
  const double returns[] = {1, 2, 3, 6, 1000};
  for (int i = 0; i < 5; ++i) {
    episodes[i].episode_return = returns[i];
    episodes[i].length = 10 * (i + 1);
    episodes[i].success = i == 0;
    episodes[i].fault = i == 4;
  }
  const EpisodeStats stats = SummariseEpisodes(std::span<const EpisodeSummary>(episodes));
  EXPECT_EQ(stats.episodes, 4);
  EXPECT_EQ(stats.faults, 1);
  EXPECT_DOUBLE_EQ(stats.episode_return.value, 3);
  EXPECT_DOUBLE_EQ(stats.length.value, 25);
  EXPECT_DOUBLE_EQ(stats.success.value, 0.25);
  EXPECT_NEAR(stats.success.low, 0.0456, 5e-5);  // Wilson, 1 of 4
  EXPECT_NEAR(stats.success.high, 0.6994, 5e-5);
  EXPECT_LT(stats.episode_return.low, 3);
  EXPECT_LE(stats.episode_return.high, 6);

  std::vector<EpisodeScore> scores(2);
  scores[0].ended = scores[0].scored = true;
  scores[0].episode_return = 5;
  EXPECT_EQ(SummariseEpisodes(std::span<const EpisodeScore>(scores)).episodes, 1);
}

}  // namespace
}  // namespace carrot
