#include "rewards/analysis/rescore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "engine/trace/trace_file.h"
#include "rewards/analysis/term_stats.h"
#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

using testing::RecordToy;
using testing::ToyRun;

void ExpectSameAsLive(const testing::ToyRecording& recording, const Score& score) {
  EXPECT_EQ(CompareWithRecorded(*recording.trace, score), "");
  int compared = 0;
  for (const EpisodeSummary& live : recording.finished) {
    for (const EpisodeScore& mine : score.episodes) {
      if (mine.env != live.env || mine.episode != live.episode) continue;
      ++compared;
      EXPECT_EQ(mine.length, live.length);
      EXPECT_EQ(mine.episode_return, live.episode_return);  // bit for bit
      EXPECT_EQ(mine.success, live.success);
      EXPECT_EQ(mine.fault, live.fault);
      EXPECT_EQ(mine.world_seed, live.world_seed);
      EXPECT_EQ(mine.term_sums, live.term_sums);
    }
  }
  EXPECT_EQ(compared, static_cast<int>(recording.finished.size()));
  EXPECT_GT(compared, 10);
}

Score AsRecorded(const testing::ToyRecording& recording, int workers) {
  ThreadPool pool(workers);
  auto score =
      RescoreAsRecorded(*recording.trace, recording.task->spec().state, recording.reward, pool);
  EXPECT_TRUE(score) << Format(score.error());
  return *std::move(score);
}

// The promise behind everything that the workbench shows after an edit: a re-score with the
// recorded settings is the live reward bit for bit. Covers memory, potential, time limit,
// termination, faults, non-finite values, failing terms and every combine, at one and three
// workers.
TEST(Rescore, EqualsTheLiveRewardBitForBit) {
  for (Combine combine :
       {Combine::kSum, Combine::kProduct, Combine::kHarmonic, Combine::kHamacher, Combine::kSign}) {
    for (bool potential : {true, false}) {
      SCOPED_TRACE(static_cast<int>(combine));
      ToyRun run{.task = {.horizon = 35, .bound = 1.8, .fault_every = 5},
                 .reward = {.potential = potential,
                            .combine = combine,
                            .clip = 0.3,
                            .non_finite_step = 9,
                            .error_step = 11}};
      const auto recording = RecordToy(run);
      for (int workers : {1, 3}) ExpectSameAsLive(recording, AsRecorded(recording, workers));
    }
  }
}

// Episodes that lie in several pieces of memory take the copying path; short regions force it.
TEST(Rescore, EqualsLiveWhenEpisodesAreInPieces) {
  ToyRun run{.task = {.horizon = 35, .fault_every = 5}, .writer = {.region_rows = 7}};
  const auto recording = RecordToy(run);
  ASSERT_GT(recording.trace->num_blocks(), 100);
  ExpectSameAsLive(recording, AsRecorded(recording, 2));
}

// Weights and parameters dragged while recording apply from the next row of each env, inside
// episodes; without the events the re-score could not be the live reward.
TEST(Rescore, ReplaysWeightAndParameterChanges) {
  ToyRun run{.task = {.horizon = 35, .fault_every = 5}};
  run.before_step = [](int step, VectorEnv& env, TraceWriter& writer) {
    if (step == 40 || step == 41 || step == 150) {
      RewardWeights weights = env.weights();
      weights.weights[1] = -0.001 * step;
      env.SetWeights(weights);
      writer.RecordWeight("effort", weights.weights[1]);
    }
    if (step == 60 || step == 150) {
      const double gain = 0.5 + 0.01 * step;
      env.SetRewardParams({&gain, 1});
      writer.RecordParam("gain", gain);
    }
    if (step == 90) {
      RewardWeights weights = env.weights();
      weights.potential = 0.25;
      env.SetWeights(weights);
      writer.RecordPotentialWeight(0.25);
    }
  };
  for (int64_t region : {0, 7}) {
    run.writer.region_rows = region;
    const auto recording = RecordToy(run);
    ExpectSameAsLive(recording, AsRecorded(recording, 2));
    // The same without the events must differ, or this test proves nothing.
    ThreadPool pool(1);
    const auto settings = DefaultSettings(recording.reward->spec(), 0.99);
    const Score constant =
        *Rescore(*recording.trace, recording.task->spec().state, *recording.reward, settings, pool);
    EXPECT_NE(CompareWithRecorded(*recording.trace, constant), "");
  }
}

// A re-score with other parameters is what a live run with these parameters would have paid.
TEST(Rescore, WithOtherSettingsEqualsALiveRunWithThem) {
  ToyRun run{.task = {.horizon = 35, .fault_every = 5}};
  const auto base = RecordToy(run);
  // The second Reset records row 0 of episode 0 again, this time with the new parameter.
  run.before_step = [](int step, VectorEnv& env, TraceWriter&) {
    if (step > 0) return;
    const double gain = 3;
    env.SetRewardParams({&gain, 1});
    RewardWeights weights = env.weights();
    weights.weights[0] = 0.125;
    env.SetWeights(weights);
    env.Reset();
  };
  auto settings = DefaultSettings(base.reward->spec(), 0.99);
  settings.params[0] = 3;
  settings.weights.weights[0] = 0.125;
  ThreadPool pool(2);
  const Score score = *Rescore(*base.trace, base.task->spec().state, *base.reward, settings, pool);
  const auto live = RecordToy(run);
  int compared = 0;
  for (const EpisodeSummary& episode : live.finished) {
    for (const EpisodeScore& mine : score.episodes) {
      if (mine.env == episode.env && mine.episode == episode.episode) {
        EXPECT_EQ(mine.episode_return, episode.episode_return);
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 10);
}

// Deleted: a panel could go on showing what was computed under other settings.
TEST(RewardSettings, AreTheSameOnlyIfAllThatCanBeTunedIs) {
  const RewardSettings one{{{1, 2}, 0.5, 0.99}, {3}};
  RewardSettings other = one;
  other.weights.gamma = 0.9;  // of the recording
  EXPECT_TRUE(SameValues(one, other));
  const auto differs = [&](auto change) {
    RewardSettings changed = one;
    change(changed);
    return !SameValues(one, changed);
  };
  EXPECT_TRUE(differs([](RewardSettings& s) { s.weights.weights[1] = 3; }));
  EXPECT_TRUE(differs([](RewardSettings& s) { s.weights.potential = 1; }));
  EXPECT_TRUE(differs([](RewardSettings& s) { s.params[0] = 4; }));
}

// Re-weighting is the cheap path of a weight drag; it must be the same bits as evaluating the
// script.
TEST(Reweight, EqualsAFullRescore) {
  for (Combine combine : {Combine::kSum, Combine::kProduct, Combine::kSign}) {
    for (int64_t region : {0, 7}) {
      ToyRun run{
          .task = {.horizon = 35, .fault_every = 5},
          .reward = {
              .potential = region == 0, .combine = combine, .clip = 0.3, .non_finite_step = 9}};
      run.writer.region_rows = region;
      const auto recording = RecordToy(run);
      auto settings = DefaultSettings(recording.reward->spec(), 0.99);
      settings.weights.weights = {0.7, -0.2, 1.3, 0.01, -0.4};
      settings.weights.potential = 2;
      settings.weights.gamma = 0.9;
      ThreadPool pool(2);
      const Score full = *Rescore(*recording.trace, recording.task->spec().state, *recording.reward,
                                  settings, pool);
      Score fast;
      ASSERT_TRUE(
          Reweight(*recording.trace, recording.reward->spec(), settings.weights, pool, fast));
      const size_t bytes = full.total.size() * sizeof(double);
      EXPECT_EQ(std::memcmp(fast.total.data(), full.total.data(), bytes), 0);
      EXPECT_EQ(std::memcmp(fast.reward.data(), full.reward.data(), bytes), 0);
      for (size_t e = 0; e < full.episodes.size(); ++e) {
        EXPECT_EQ(fast.episodes[e].episode_return, full.episodes[e].episode_return);
        EXPECT_EQ(fast.episodes[e].success, full.episodes[e].success);
      }
      // A sweep evaluates once and recombines; faults, memory and pieces of episodes included.
      const auto own = DefaultSettings(recording.reward->spec(), 0.99);
      Score swept =
          *Rescore(*recording.trace, recording.task->spec().state, *recording.reward, own, pool);
      EXPECT_NE(swept.total, full.total);
      Recombine(*recording.trace, recording.reward->spec(), settings.weights, pool, swept, swept);
      EXPECT_EQ(std::memcmp(swept.total.data(), full.total.data(), bytes), 0);
      EXPECT_EQ(std::memcmp(swept.reward.data(), full.reward.data(), bytes), 0);
      for (size_t e = 0; e < full.episodes.size(); ++e) {
        EXPECT_EQ(swept.episodes[e].episode_return, full.episodes[e].episode_return);
      }
      // Twice into the same Score: reuse must not leave anything behind.
      ASSERT_TRUE(
          Reweight(*recording.trace, recording.reward->spec(), settings.weights, pool, fast));
      EXPECT_EQ(fast.total, full.total);
      EXPECT_EQ(fast.episodes[0].episode_return, full.episodes[0].episode_return);
    }
  }
}

// A folder keeps each term in a file of its own, a live trace keeps a row's terms together: both
// must give the same bits, for re-weights, re-scores and statistics.
TEST(Rescore, OfAFolderEqualsThatOfTheLiveTrace) {
  ToyRun run{.task = {.horizon = 35, .fault_every = 5}};
  const auto recording = RecordToy(run);
  std::string name = (std::filesystem::temp_directory_path() / "carrot-rescore-XXXXXX").string();
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  auto writer = TraceFolderWriter::Create(name, recording.trace);
  ASSERT_TRUE(writer && (*writer)->Close());
  {
    const auto opened = OpenTrace(name);
    ASSERT_TRUE(opened);
    ThreadPool pool(2);
    const RewardSpec& spec = recording.reward->spec();
    const auto mapped =
        RescoreAsRecorded(**opened, recording.task->spec().state, recording.reward, pool);
    ASSERT_TRUE(mapped);
    ExpectSameAsLive(recording, *mapped);
    auto settings = DefaultSettings(spec, 0.95);
    settings.weights.weights[1] = 0.125;
    Score live, folder;
    ASSERT_TRUE(Reweight(*recording.trace, spec, settings.weights, pool, live));
    ASSERT_TRUE(Reweight(**opened, spec, settings.weights, pool, folder));
    EXPECT_EQ(live.total, folder.total);
    EXPECT_EQ(live.reward, folder.reward);
    const auto a = SumTerms(*recording.trace, spec, nullptr, 0.95, pool);
    const auto b = SumTerms(**opened, spec, nullptr, 0.95, pool);
    ASSERT_EQ(a.size(), b.size());
    for (size_t k = 0; k < a.size(); ++k) {
      EXPECT_EQ(a[k].mean, b[k].mean);
      EXPECT_EQ(a[k].m2, b[k].m2);
    }
  }
  std::filesystem::remove_all(name);
}

// A script that reads a field which was too large to be recorded must say how to record it.
TEST(Rescore, NamesTheOptionForAFieldThatWasNotRecorded) {
  const auto recording = RecordToy({});
  const auto reads_big = testing::MakeToyReward({.reads_big = true});
  ThreadPool pool(1);
  const auto score = Rescore(*recording.trace, recording.task->spec().state, *reads_big,
                             DefaultSettings(reads_big->spec(), 0.99), pool);
  ASSERT_FALSE(score);
  EXPECT_EQ(score.error()[0].code, "I009");
  EXPECT_THAT(score.error()[0].message, ::testing::HasSubstr("reads big"));
  EXPECT_THAT(score.error()[0].help[0], ::testing::HasSubstr("--record-fields big"));

  const auto with_big = RecordToy({.record_fields = {"big"}});
  EXPECT_TRUE(Rescore(*with_big.trace, with_big.task->spec().state, *reads_big,
                      DefaultSettings(reads_big->spec(), 0.99), pool));
}

// A script edited while recording: rows after the swap are the new script's, with the memory that
// it would have had from row 0 on.
TEST(Rescore, ReplaysAScriptChange) {
  const auto recording = RecordToy({.num_envs = 1, .steps = 40});
  TraceEvent event;
  event.type = "script";
  event.text = "second";
  event.episode = {0};
  event.step = {10};
  recording.trace->AddEvent(event);
  const auto second = testing::MakeToyReward({.error_step = 5, .effort_weight = 0.5});
  ThreadPool pool(1);
  const StateSpec& state = recording.task->spec().state;
  EXPECT_FALSE(RescoreAsRecorded(*recording.trace, state, recording.reward, pool));
  const auto mixed = RescoreAsRecorded(
      *recording.trace, state, recording.reward, pool,
      [&](const std::string&) -> Result<std::shared_ptr<const RewardFunction>> { return second; });
  ASSERT_TRUE(mixed);
  const Score first = *Rescore(*recording.trace, state, *recording.reward,
                               DefaultSettings(recording.reward->spec(), 0.99), pool);
  const Score other =
      *Rescore(*recording.trace, state, *second, DefaultSettings(second->spec(), 0.99), pool);
  for (int r = 0; r < 30; ++r) {
    EXPECT_EQ(mixed->total[r], (r <= 10 ? first : other).total[r]) << r;
  }
}

// What a program of any language would write: other terms have no column.
TEST(Reweight, RefusesTermsThatWereNotRecorded) {
  const auto recording = RecordToy({});
  RewardSpec spec = recording.reward->spec();
  spec.terms[0].name = "renamed";
  RewardWeights weights = DefaultSettings(spec, 0.99).weights;
  ThreadPool pool(1);
  Score score;
  const Status status = Reweight(*recording.trace, spec, weights, pool, score);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error()[0].code, "I009");
}

// A ring or a resumed recording may lack the first rows of an episode: its memory is unknown, so it
// must not be scored as if it were known.
TEST(Rescore, DoesNotScoreEpisodesWithoutTheirFirstRows) {
  ToyRun run;
  run.num_envs = 1;
  run.steps = 120;
  const auto recording = RecordToy(run);
  auto cut = std::make_shared<Trace>(recording.trace->spec());
  TraceBlock block = recording.trace->block(0);
  block.first_step = 3;
  block.offset += 3;
  block.rows -= 3;
  cut->Publish(block);
  cut->Publish(recording.trace->block(1));
  ThreadPool pool(1);
  const Score score = *Rescore(*cut, recording.task->spec().state, *recording.reward,
                               DefaultSettings(recording.reward->spec(), 0.99), pool);
  EXPECT_FALSE(score.episodes[0].scored);
  EXPECT_EQ(score.rows_not_scored, block.rows);
  EXPECT_TRUE(score.episodes[1].scored);
}

}  // namespace
}  // namespace carrot
