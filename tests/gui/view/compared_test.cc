// Deleted: the matrix of policies and rewards could put a number into another's cell, or call a
// reward good that orders policies the wrong way round.
#include "gui/view/compared.h"

#include <gmock/gmock.h>

#include "rewards/analysis/comparison.h"
#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

class ComparedTest : public ::testing::Test {
 protected:
  ComparedTest() {
    for (const uint64_t seed : {1, 2, 3}) {
      recordings_.push_back(
          testing::RecordToy({.num_envs = static_cast<int>(seed), .steps = 200, .seed = seed}));
    }
    const testing::ToyRecording& first = recordings_[0];
    view_.reward.function = first.reward;
    view_.reward.settings = DefaultSettings(first.reward->spec(), first.trace->spec().gamma);
    RewardSettings other = view_.reward.settings;
    other.weights.weights[0] = -5;
    VariantView variant{.id = 7, .name = "other", .function = first.reward, .settings = other};
    auto episodes = std::make_shared<std::vector<std::vector<EpisodeScore>>>();
    for (const testing::ToyRecording& recording : recordings_) {
      TraceView trace{.name = "toy", .path = "toy.trace"};
      trace.trace = recording.trace;
      trace.episodes =
          std::make_shared<const std::vector<TraceEpisodeRows>>(recording.trace->EpisodeRows());
      scores_[0].push_back(Scored(recording, view_.reward.settings));
      scores_[1].push_back(Scored(recording, other));
      trace.terms = trace.totals = scores_[0].back();
      trace.fresh = true;
      episodes->push_back(scores_[1].back()->episodes);
      view_.open.push_back(std::move(trace));
    }
    variant.episodes = std::move(episodes);
    view_.variants.push_back(std::move(variant));
  }
  std::shared_ptr<const Score> Scored(const testing::ToyRecording& recording,
                                      const RewardSettings& settings) {
    return std::make_shared<const Score>(*Rescore(*recording.trace, recording.task->spec().state,
                                                  *recording.reward, settings, pool_));
  }
  // What `carrot compare` makes of it.
  Comparison Reference() {
    std::vector<const Trace*> traces;
    for (const auto& recording : recordings_) traces.push_back(recording.trace.get());
    std::vector<ComparedReward> rewards(2);
    for (int r = 0; r < 2; ++r) {
      rewards[r].reward = recordings_[0].reward;
      rewards[r].settings = r == 0 ? view_.reward.settings : view_.variants[0].settings;
      for (const auto& score : scores_[r]) rewards[r].scores.push_back(score.get());
    }
    return *CompareRewards(traces, recordings_[0].task->spec().state, rewards, pool_,
                           {.near_misses = false});
  }

  ThreadPool pool_{1};
  std::vector<testing::ToyRecording> recordings_;
  std::vector<std::shared_ptr<const Score>> scores_[2];
  FrameView view_;
};

TEST_F(ComparedTest, TheMatrixIsThatOfTheCommandLine) {
  const RewardMatrix matrix = MakeRewardMatrix(view_);
  const Comparison reference = Reference();
  ASSERT_EQ(matrix.rows.size(), reference.policies.size());
  ASSERT_EQ(matrix.columns.size(), 2u);
  EXPECT_EQ(matrix.columns[1].variant, 7);
  for (size_t i = 0; i < matrix.rows.size(); ++i) {
    const MatrixRow& row = matrix.rows[i];
    EXPECT_EQ(row.recording, reference.policies[i].recording);
    EXPECT_EQ(row.episodes, reference.policies[i].episodes);
    EXPECT_EQ(row.success.value, reference.policies[i].success.value);
    for (size_t c = 0; c < 2; ++c) {
      EXPECT_NEAR(row.returns[c].value, reference.policies[i].returns[c], 1e-9);
      EXPECT_LE(row.returns[c].low, row.returns[c].value);
      EXPECT_GE(row.returns[c].high, row.returns[c].value);
      EXPECT_GE(row.typical[c], 0);
    }
  }
  for (size_t c = 0; c < 2; ++c) {
    const double rho = reference.policy_spearman[c];
    EXPECT_TRUE(matrix.columns[c].rho == rho || std::isnan(rho));
  }
}

TEST_F(ComparedTest, TheEpisodesAreThoseOfTheCommandLine) {
  const ComparedEpisodes compared = CompareEpisodes(view_, &view_.variants[0]);
  const Comparison reference = Reference();
  EXPECT_EQ(compared.rows.size(), reference.episodes.size());
  EXPECT_EQ(compared.a.pairs.inverted, reference.rewards[0].pairs.pairs.inverted);
  EXPECT_EQ(compared.b.pairs.inverted, reference.rewards[1].pairs.pairs.inverted);
  EXPECT_EQ(compared.between.inverted, reference.pairs[0].counts.inverted);
  EXPECT_EQ(compared.between.comparable, reference.pairs[0].counts.comparable);
  ASSERT_EQ(compared.changes.size(), 1u);
  EXPECT_THAT(compared.changes[0], ::testing::HasSubstr("-> -5"));
  EXPECT_EQ(compared.diff, "");
}

TEST_F(ComparedTest, LabelsCountForTheTruthAndForPairs) {
  const ComparedEpisodes before = CompareEpisodes(view_, nullptr);
  const JudgedEpisode best = before.rows.front().episode, worst = before.rows.back().episode;
  ASSERT_EQ(best.recording == worst.recording, best.recording == worst.recording);
  RecordingLabels labels{"/b", {}};
  labels.labels.push_back({.id = 1,
                           .env = worst.env,
                           .episode = worst.episode,
                           .kind = best.truth > 0 ? LabelKind::kBad : LabelKind::kGood});
  labels.labels.push_back({.id = 2,
                           .env = worst.env,
                           .episode = worst.episode,
                           .kind = LabelKind::kBetter,
                           .other_recording = best.recording == worst.recording ? "/b" : "/a",
                           .other_env = best.env,
                           .other_episode = best.episode});
  if (best.recording != worst.recording) {
    view_.open[best.recording].labels =
        std::make_shared<const RecordingLabels>(RecordingLabels{"/a", {}});
  }
  view_.open[worst.recording].labels = std::make_shared<const RecordingLabels>(labels);
  const ComparedEpisodes after = CompareEpisodes(view_, nullptr);
  EXPECT_TRUE(after.rows.back().episode.labelled);
  EXPECT_EQ(after.a.preferences.comparable, 1);
  EXPECT_EQ(after.a.preferences.inverted, 1) << "the reward prefers the other";
}

TEST_F(ComparedTest, WhatChangedIsNoticed) {
  ComparedInputs inputs;
  EXPECT_TRUE(inputs.Changed(view_));
  EXPECT_FALSE(inputs.Changed(view_));
  view_.reward.settings.weights.weights[0] += 1;
  EXPECT_TRUE(inputs.Changed(view_));
  view_.open[1].labels = std::make_shared<const RecordingLabels>();
  EXPECT_TRUE(inputs.Changed(view_));
  view_.variants.clear();
  EXPECT_TRUE(inputs.Changed(view_));
  EXPECT_FALSE(inputs.Changed(view_));
}

}  // namespace
}  // namespace carrot
