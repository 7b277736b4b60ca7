// Deleted: a sweep could mix up settings, or rank them by what they pay instead of by the truth.
#include "rewards/analysis/sweep.h"

#include <gtest/gtest.h>

#include <cmath>

#include "rewards/analysis/comparison.h"
#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

struct Recorded {
  testing::ToyRecording good, bad;
  std::vector<const Trace*> traces;
  std::vector<JudgedEpisode> episodes;
  const RewardSpec& spec() const { return good.reward->spec(); }
  const StateSpec& state() const { return good.task->spec().state; }
};

// Two policies: one whose goal is within reach, one whose is not.
Recorded RecordChain() {
  Recorded out;
  out.good = testing::RecordToy({.task = {.horizon = 40, .goal = 0.9, .fault_every = 7}});
  out.bad = testing::RecordToy({.task = {.horizon = 12, .goal = 50}, .seed = 2});
  out.traces = {out.good.trace.get(), out.bad.trace.get()};
  out.episodes = JudgeEpisodes(out.traces);
  return out;
}

// Parameters and weights in an order that makes every group of parameters come back later.
TEST(Sweep, EqualsARescoreOfEachSetting) {
  const Recorded recorded = RecordChain();
  std::vector<RewardSettings> settings;
  for (double weight : {1.0, -3.0}) {
    for (double gain : {1.0, 2.0, -1.0}) {
      RewardSettings each = DefaultSettings(recorded.spec(), 0.99);
      each.weights.weights[0] = weight;
      each.params[0] = gain;
      settings.push_back(each);
    }
  }
  ThreadPool pool(2);
  const auto swept = Sweep(recorded.traces, recorded.state(), *recorded.good.reward, settings,
                           recorded.episodes, pool);
  ASSERT_TRUE(swept) << Format(swept.error());
  const std::vector<double> truth = Truths(recorded.episodes);
  for (size_t i = 0; i < settings.size(); ++i) {
    std::vector<Score> scores;
    std::vector<const Score*> pointers;
    for (const Trace* trace : recorded.traces) {
      scores.push_back(
          *Rescore(*trace, recorded.state(), *recorded.good.reward, settings[i], pool));
    }
    for (const Score& score : scores) pointers.push_back(&score);
    const std::vector<double> returns = Returns(recorded.episodes, pointers);
    const SweepPoint& point = swept->points[i];
    EXPECT_TRUE(swept->done[i]);
    EXPECT_EQ(point.spearman, Spearman(returns, truth));
    EXPECT_EQ(point.pairs.inverted, CountPairs(truth, returns).inverted);
    double sums[2] = {}, counts[2] = {};
    for (size_t e = 0; e < returns.size(); ++e) {
      sums[recorded.episodes[e].recording] += returns[e];
      counts[recorded.episodes[e].recording] += 1;
    }
    EXPECT_NEAR(point.episode_return, (sums[0] + sums[1]) / (counts[0] + counts[1]), 1e-9);
    EXPECT_EQ(point.preferred, sums[0] / counts[0] > sums[1] / counts[1] ? 0 : 1);
  }
}

TEST(Sweep, RanksByTheTruth) {
  SweepResult result;
  const auto add = [&](double paid, double spearman, int64_t agreeing, int64_t comparable) {
    SweepPoint point;
    point.episode_return = paid;
    point.spearman = spearman;
    point.pairs = {comparable, agreeing, comparable - agreeing, 0};
    result.points.push_back(point);
    result.done.push_back(true);
  };
  add(1000, 0.1, 5, 10);
  add(1, 0.9, 9, 10);
  add(2, std::nan(""), 0, 0);  // not judged: last
  add(3, 0.8, 9, 10);
  add(4, 1, 10, 10);
  result.done[4] = false;  // cancelled
  EXPECT_EQ(RankPoints(result), (std::vector<int>{1, 3, 0, 2}));
}

TEST(CompareRewards, CountsWhatTheListsSay) {
  const Recorded recorded = RecordChain();
  ThreadPool pool(2);
  std::vector<std::vector<Score>> scores(2);
  std::vector<ComparedReward> rewards;
  for (int r = 0; r < 2; ++r) {
    ComparedReward reward{recorded.good.reward, DefaultSettings(recorded.spec(), 0.99), {}};
    if (r == 1) reward.settings.weights.weights[0] = -50;
    for (const Trace* trace : recorded.traces) {
      scores[r].push_back(
          *Rescore(*trace, recorded.state(), *reward.reward, reward.settings, pool));
    }
    for (const Score& score : scores[r]) reward.scores.push_back(&score);
    rewards.push_back(std::move(reward));
  }
  const auto compared = CompareRewards(recorded.traces, recorded.state(), rewards, pool,
                                       {.widest = 1 << 20, .resamples = 200});
  ASSERT_TRUE(compared) << Format(compared.error());
  ASSERT_EQ(compared->pairs.size(), 1u);
  const RewardPair& pair = compared->pairs[0];
  EXPECT_EQ(static_cast<int64_t>(pair.widest.size()), pair.counts.inverted);
  EXPECT_GT(pair.counts.inverted, 0);
  for (const Inversion& inversion : pair.widest) {
    EXPECT_GT(compared->returns[0][inversion.better], compared->returns[0][inversion.worse]);
    EXPECT_LT(compared->returns[1][inversion.better], compared->returns[1][inversion.worse]);
  }
  // The policy that succeeds is named first, whatever the second reward pays for it.
  ASSERT_EQ(compared->policies.size(), 2u);
  EXPECT_EQ(compared->policies[0].recording, 0);
  EXPECT_EQ(compared->policies[1].success.value, 0);
  // Every success beats a failure, a failure only ties with one.
  const double rate = compared->policies[0].success.value;
  EXPECT_NEAR(compared->policies[0].over_next.value, rate + (1 - rate) / 2, 1e-12);
  EXPECT_TRUE(std::isnan(compared->policies[1].over_next.value));
  EXPECT_NEAR(compared->rewards[0].iqm.value, InterquartileMean(compared->returns[0]), 1e-12);
  EXPECT_EQ(compared->policy_spearman[0], 1);
  EXPECT_EQ(compared->policy_spearman[1], -1);
  EXPECT_GT(compared->rewards[0].pairs.share.value, compared->rewards[1].pairs.share.value);
  EXPECT_EQ(RewardChanges(rewards[0], rewards[1]),
            (std::vector<std::string>{"weight of `progress`: 1 -> -50"}));
  // The terms of a step add up to what it was paid, over both recordings.
  double rows = 0, paid = 0, terms = 0;
  for (size_t t = 0; t < recorded.traces.size(); ++t) {
    for (size_t r = 0; r < scores[0][t].reward.size(); ++r) {
      if (scores[0][t].flags[r] & (kRowReset | kRowFault)) continue;
      rows += 1;
      paid += scores[0][t].reward[r];
    }
  }
  for (const TermRow& term : compared->rewards[0].terms) terms += term.weighted_mean;
  EXPECT_NEAR(terms, paid / rows, 1e-12);
}

}  // namespace
}  // namespace carrot
