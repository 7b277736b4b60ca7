// Deleted: a noise study could flip nothing, or leave its noise in the score.
#include "rewards/analysis/flip_noise.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

// What a live run under FlippedReward pays must be what a re-score of its recording pays, and a
// share of 1 must mirror every value.
TEST(FlippedReward, MirrorsAKeyedShareOfATerm) {
  testing::ToyRun run{.task = {.horizon = 35, .fault_every = 5}};
  const auto recording = testing::RecordToy(run);
  const RewardSpec& spec = recording.reward->spec();
  const StateSpec& state = recording.task->spec().state;
  const RewardSettings settings = DefaultSettings(spec, 0.99);
  ThreadPool pool(2);
  const Score plain = *Rescore(*recording.trace, state, *recording.reward, settings, pool);
  const size_t n = spec.terms.size();
  for (double share : {0.0, 0.25, 1.0}) {
    const auto flipped = FlippedReward(recording.reward, {{1, share, 0, 3}}, 7);
    EXPECT_NE(flipped->spec().hash, spec.hash);
    const Score noisy = *Rescore(*recording.trace, state, *flipped, settings, pool);
    int64_t changed = 0, rows = 0;
    for (const TraceEpisodeRows& episode : recording.trace->EpisodeRows()) {
      for (const TraceBlock* block : episode.blocks) {
        for (int64_t r = block->first_row; r < block->first_row + block->rows; ++r) {
          if (plain.flags[r] & (kRowReset | kRowFault)) continue;
          ++rows;
          const double before = plain.term[r * n + 1], after = noisy.term[r * n + 1];
          if (after != before) {
            ++changed;
            EXPECT_EQ(after, 3 - before);
          }
          EXPECT_EQ(plain.term[r * n], noisy.term[r * n]);
        }
      }
    }
    EXPECT_NEAR(static_cast<double>(changed) / static_cast<double>(rows), share, 0.04);
  }
}

TEST(FlipStudy, HurtsTheTermThatMattersAndLeavesNoTrace) {
  testing::ToyRun run{.task = {.horizon = 35, .fault_every = 5}, .num_envs = 8, .steps = 400};
  const auto recording = testing::RecordToy(run);
  const RewardSpec& spec = recording.reward->spec();
  RewardWeights weights = DefaultSettings(spec, 0.99).weights;
  // `progress` pays for the way to the goal, which is what decides; `speed` hardly counts.
  weights.weights = {1, 0, 0, 0, 1e-9};
  weights.potential = 0;
  ThreadPool pool(2);
  RewardSettings settings = DefaultSettings(spec, 0.99);
  settings.weights = weights;
  std::vector<Score> scores;
  scores.push_back(
      *Rescore(*recording.trace, recording.task->spec().state, *recording.reward, settings, pool));
  const std::vector<const Trace*> traces{recording.trace.get()};
  const auto episodes = JudgeEpisodes(traces);
  const Score before = scores[0];
  const std::vector<const Score*> pointers{&scores[0]};
  const double clean = Spearman(Returns(episodes, pointers), Truths(episodes));
  ASSERT_GT(clean, 0.5);
  const auto effects =
      FlipStudy(traces, spec, weights, episodes, scores, pool, {.shares = {0.5, 1}});
  ASSERT_EQ(effects.size(), 4u);  // terms of weight 0 are left out
  EXPECT_EQ(effects[0].term, spec.terms[0].name);
  EXPECT_LT(effects[0].spearman, clean);
  EXPECT_NEAR(effects[1].spearman, -clean, 0.2);  // every value mirrored: the opposite order
  EXPECT_EQ(effects[2].term, spec.terms[4].name);
  EXPECT_NEAR(effects[3].spearman, clean, 0.05);
  EXPECT_EQ(scores[0].term, before.term);
  EXPECT_EQ(scores[0].reward, before.reward);
  EXPECT_EQ(scores[0].episodes[3].episode_return, before.episodes[3].episode_return);
}

}  // namespace
}  // namespace carrot
