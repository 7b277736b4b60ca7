// Deleted: thresholds and their exceptions could drift; the lints and alarms would still fire on
// the seeded defects (tests/apps/judgement_test.py), but on clean rewards too.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "rewards/analysis/alarms.h"
#include "rewards/analysis/cycles.h"
#include "rewards/analysis/lints.h"
#include "rewards/analysis/training_monitor.h"
#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

EvidenceEpisode Episode(double episode_return, int length, bool success, bool terminated,
                        std::vector<double> paid) {
  EvidenceEpisode episode;
  episode.episode_return = episode_return;
  episode.length = length;
  episode.success = success;
  episode.terminated = terminated;
  episode.paid = std::move(paid);
  return episode;
}

std::vector<std::string> Codes(const Findings& findings) {
  std::vector<std::string> codes;
  for (const Finding& finding : findings) {
    if (finding.judged) codes.push_back(finding.code + " " + finding.term);
  }
  return codes;
}

Findings Alarms(const std::vector<EvidenceEpisode>& episodes,
                const std::vector<Stage>& series = {}) {
  RewardSpec reward;
  return FindAlarms({.terms = {"a", "b"}, .episodes = episodes, .series = series}, reward);
}

// Doing nothing from an easy start may pay more than success from a hard one: no mistake of the
// reward.
TEST(Evidence, FailuresAreComparedWithSuccessesOfTheirStart) {
  const auto at = [](uint64_t start, double episode_return, bool success) {
    EvidenceEpisode episode = Episode(episode_return, 10, success, false, {});
    episode.world_seed = start;
    episode.idle = !success;
    return episode;
  };
  Evidence evidence;
  evidence.episodes = {at(1, 10, true), at(1, 12, true), at(1, 5, false), at(2, 3, true),
                       at(3, 7, false)};
  FindRivals(evidence.episodes);
  EXPECT_EQ(evidence.Rival(evidence.episodes[2]), evidence.episodes.data());
  EXPECT_FALSE(IdlePays(evidence, evidence.episodes[2]));  // above 3, but of start 2
  // Nobody succeeded from start 3: it is compared with the median, 10 of 3, 10 and 12.
  EXPECT_EQ(evidence.Rival(evidence.episodes[4]), evidence.episodes.data());
  evidence.episodes[2].episode_return = 10.5;
  EXPECT_TRUE(IdlePays(evidence, evidence.episodes[2]));
  // Without a start in common, all are compared with the worst.
  evidence.episodes = {at(1, 10, true), at(2, 3, true), at(3, 7, false)};
  FindRivals(evidence.episodes);
  EXPECT_TRUE(IdlePays(evidence, evidence.episodes[2]));
}

// A way that trembles between two keys is no cycle of three; one that goes round is.
TEST(Cycles, AreClosedWaysWithEnoughStations) {
  const std::vector<uint64_t> keys = {1, 2, 1, 2, 3, 4, 5, 2, 2};
  const auto round = FindCycles(keys, 3);
  ASSERT_EQ(round.size(), 1u);
  EXPECT_EQ(round[0].first, 3);
  EXPECT_EQ(round[0].rows, (std::vector<int64_t>{4, 5, 6, 7}));
  EXPECT_EQ(FindCycles(keys, 1).size(), 3u);  // 1 2 1, 2 3 4 5 2, 2 2
  // Standing still on the way is not part of the way.
  EXPECT_EQ(FindCycles({1, 2, 2, 2, 3, 1}, 2)[0].rows, (std::vector<int64_t>{1, 4, 5}));
  EXPECT_TRUE(FindCycles({1, 2, 3}, 1).empty());
}

// Against the textbook formula, in another order of operations.
TEST(TermRelations, CorrelationIsPearsons) {
  const double x[] = {1, 2, 4, 7}, y[] = {2, 1, 5, 3};
  Correlator correlator(3);
  for (int i = 0; i < 4; ++i) correlator.Add(std::vector<double>{x[i], y[i], 3.0});
  // means 3.5 and 2.75; sums of products: xy 6.5, xx 21, yy 8.75
  const std::vector<double> matrix = correlator.Matrix();
  EXPECT_NEAR(matrix[1], 6.5 / std::sqrt(21 * 8.75), 1e-12);
  EXPECT_EQ(matrix[1], matrix[3]);
  EXPECT_NEAR(matrix[0], 1, 1e-12);
  EXPECT_TRUE(std::isnan(matrix[2]));  // with a constant
}

TEST(Alarms, RankIsJudgedHoweverRareSuccessesAre) {
  std::vector<EvidenceEpisode> good;
  for (int i = 0; i < 300; ++i) {
    const bool success = i < 6;  // 2 %: Spearman's correlation itself cannot exceed 0.24
    good.push_back(
        Episode(success ? 1000 + i : i, 50, success, false, {success ? 1000.0 : 0, 1.0 * i}));
  }
  EXPECT_TRUE(Codes(Alarms(good)).empty());
  std::vector<EvidenceEpisode> bad = good;
  for (EvidenceEpisode& episode : bad) episode.episode_return *= -1;
  for (EvidenceEpisode& episode : bad) episode.paid = {episode.success ? 0.0 : 5.0, 1.0};
  EXPECT_EQ(Codes(Alarms(bad)), std::vector<std::string>{"A002 a"});
  const Findings few = Alarms({good.begin() + 6, good.begin() + 100});
  EXPECT_FALSE(few.empty());
  for (const Finding& finding : few) EXPECT_FALSE(finding.judged) << "not judged is never a pass";
}

// CartPole's own reward is the length, and so is success: no alarm. Where success ends the episode
// it is one.
TEST(Alarms, LengthIsAnAlarmOnlyIfSuccessDoesNotFollowIt) {
  std::vector<EvidenceEpisode> balance, reach;
  for (int i = 0; i < 40; ++i) {
    const int length = 100 + 10 * i;
    balance.push_back(Episode(length, length, i >= 30, i < 30, {1.0 * length, 1.0 * (i % 3)}));
    reach.push_back(Episode(length, length, i < 10, i < 10, {1.0 * (i % 3), 1.0 * length}));
  }
  EXPECT_TRUE(Codes(Alarms(balance)).empty());
  EXPECT_EQ(Codes(Alarms(reach)), std::vector<std::string>{"A003 b"});
}

TEST(Alarms, EndingPaysComparesEarlyFailuresWithTheRest) {
  std::vector<EvidenceEpisode> dear, fair;
  for (int i = 0; i < 40; ++i) {
    const int length = i < 20 ? 10 + i : 200 + i;
    const bool fell = i < 20;
    dear.push_back(Episode(-length, length, false, fell, {-1.0 * length, 0}));
    fair.push_back(Episode(length, length, false, fell, {1.0 * length, 0}));
  }
  EXPECT_EQ(Codes(Alarms(dear)), std::vector<std::string>{"A004 a"});
  EXPECT_TRUE(Codes(Alarms(fair)).empty());
}

Stage At(double episode_return, double success, double a, double b) {
  return {10, episode_return, success, 100, 0.5, {a, b}};
}

// Midway in a run that learns, near flags are easy and far ones pay for the way: no alarm. The same
// episodes are one in a run that does not learn.
TEST(Alarms, RankIsNoAlarmWhileSuccessRises) {
  std::vector<EvidenceEpisode> episodes;
  for (int i = 0; i < 60; ++i) {
    const bool success = i % 4 == 0;
    episodes.push_back(Episode(success ? i : 100 + i, 50, success, false, {1.0 * !success, 0}));
  }
  std::vector<Stage> learning, stuck, forgetting;
  for (int i = 0; i < 12; ++i) {
    learning.push_back(At(100, 0.02 * i, 0, 0));
    stuck.push_back(At(100, 0.25, 0, 0));
    forgetting.push_back(At(100, 0.4 - 0.02 * i, 0, 0));
  }
  EXPECT_TRUE(Codes(Alarms(episodes, learning)).empty());
  EXPECT_EQ(Codes(Alarms(episodes, stuck)), std::vector<std::string>{"A002 a"});
  EXPECT_EQ(Codes(Alarms(episodes, forgetting)), std::vector<std::string>{"A002 a"});
}

TEST(Alarms, AReturnThatRisesWithoutSuccessIsAnAlarmOnceItHasLevelledOff) {
  std::vector<Stage> growing, levelled, learning, gamed;
  for (int i = 0; i < 12; ++i) {
    const double rise = 100.0 * i, level = i < 4 ? rise : 400;  // flat from the third sixth on
    growing.push_back(At(rise, 0, rise, 0));
    levelled.push_back(At(level, 0, 0, level));
    learning.push_back(At(level, i < 6 ? 0 : 0.9, 0, level));
    gamed.push_back(At(rise, i < 4 ? 0.5 : 0.1, rise, 0));  // success falls: no need to wait
  }
  EXPECT_TRUE(Codes(Alarms({}, growing)).empty());
  EXPECT_EQ(Codes(Alarms({}, levelled)), std::vector<std::string>{"A001 b"});
  EXPECT_TRUE(Codes(Alarms({}, learning)).empty());
  EXPECT_EQ(Codes(Alarms({}, gamed)), std::vector<std::string>{"A001 a"});
  EXPECT_TRUE(Codes(Alarms({}, {levelled.begin(), levelled.begin() + 5})).empty());
}

RewardSpec OneTerm() {
  RewardSpec reward;
  reward.terms.push_back({.name = "a", .weight = 2});
  return reward;
}

// What a resumed run must not lose: the alarm comes at the same iteration, once.
TEST(TrainingMonitor, GoesOnAfterASave) {
  const RewardSpec reward = OneTerm();
  const auto play = [&](bool resume) {
    auto monitor = std::make_unique<TrainingMonitor>(reward, 1000);
    const std::vector<double> weights = {2};
    std::vector<std::string> log;
    for (int i = 0; i < 40; ++i) {
      for (int e = 0; e < 10; ++e) {
        const double level = std::min(i, 15) * 10.0;
        monitor->Add({.length = 50, .episode_return = level, .term_sums = {level / 2}}, weights);
      }
      for (const Finding& finding : monitor->EndIteration(i * 25)) {
        log.push_back(std::to_string(i) + finding.code + finding.term);
      }
      if (!resume || i != 17) continue;
      const nlohmann::json saved = nlohmann::json::parse(monitor->ToJson().dump());
      monitor = std::make_unique<TrainingMonitor>(reward, 1000);
      ASSERT_TRUE(monitor->Load(saved));
    }
    ASSERT_FALSE(log.empty());
    static std::vector<std::string> first;
    if (!resume) first = log;
    EXPECT_EQ(log, first);
    EXPECT_EQ(log[0].substr(2), "A001a");
  };
  play(false);
  play(true);
  TrainingMonitor other(reward, 1000);
  EXPECT_FALSE(other.Load(nlohmann::json{{"series", 3}}));
}

Evidence OfToy(const testing::ToyRewardOptions& options, const testing::ToyRecording& run,
               const RewardFunction& reward) {
  (void)options;
  ThreadPool pool(2);
  return *GatherEvidence({{"toy", run.trace}}, run.task->spec().state, reward,
                         DefaultSettings(reward.spec(), 0.99), pool);
}

// What each episode is paid adds up to its return, the potential included.
TEST(Evidence, PaidAddsUpToTheReturn) {
  const testing::ToyRecording run = testing::RecordToy({});
  const Evidence evidence = OfToy({}, run, *run.reward);
  ASSERT_GT(evidence.episodes.size(), 5u);
  for (const EvidenceEpisode& episode : evidence.episodes) {
    double sum = 0;
    for (double paid : episode.paid) sum += paid;
    EXPECT_NEAR(sum, episode.episode_return, 1e-9);
  }
}

TEST(Evidence, EverySecondRowKeepsTheLastAndDoublesDt) {
  const testing::ToyRecording run = testing::RecordToy({});
  const auto half = EverySecondRow(*run.trace);
  EXPECT_EQ(half->spec().dt, 2 * run.trace->spec().dt);
  const auto before = run.trace->EpisodeRows(), after = half->EpisodeRows();
  ASSERT_GE(before.size(), after.size());
  const int column = half->layout().state;
  for (size_t e = 0, b = 0; e < after.size(); ++e, ++b) {
    while (before[b].rows < 3) ++b;
    EXPECT_EQ(after[e].rows, (before[b].rows - 1) / 2 + 1);
    const TraceBlock& last = *before[b].blocks.back();
    const TraceBlock& kept = *after[e].blocks.back();
    EXPECT_EQ(*Trace::Row<double>(kept, column, kept.rows - 1),
              *Trace::Row<double>(last, column, last.rows - 1));
  }
}

// The toy's noise term is NaN at step 3 of each episode: found, with its step.
TEST(Lints, NonFiniteNamesTheTermAndTheStep) {
  testing::ToyRun options;
  options.reward.non_finite_step = 3;
  const testing::ToyRecording run = testing::RecordToy(options);
  const Evidence evidence = OfToy(options.reward, run, *run.reward);
  const Findings findings = Apply(LintRules(), evidence);
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0].code, "L001");
  EXPECT_EQ(findings[0].frames[0].from, 3);
}

TEST(Findings, MutedAndNotJudgedNeverCount) {
  Finding finding{.code = "L006", .level = Level::kWarning};
  EXPECT_TRUE(AnyAt(std::vector{finding}, Level::kWarning));
  EXPECT_FALSE(AnyAt(std::vector{finding}, Level::kAlarm));
  finding.muted = "why";
  EXPECT_FALSE(AnyAt(std::vector{finding}, Level::kInfo));
  finding.muted = "";
  finding.judged = false;
  EXPECT_FALSE(AnyAt(std::vector{finding}, Level::kInfo));
}

}  // namespace
}  // namespace carrot
