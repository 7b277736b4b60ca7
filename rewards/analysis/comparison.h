// Several rewards on the same recordings: what each pays, and which of them orders behaviour as the
// truth does. One object serves `carrot compare` and the window's Compare panel.
#pragma once

#include <span>
#include <vector>

#include "rewards/analysis/consistency.h"
#include "rewards/analysis/distances.h"
#include "rewards/analysis/term_stats.h"
#include "rewards/analysis/truth.h"

namespace carrot {

struct ComparisonOptions {
  DistanceOptions distances;
  ConsistencyOptions consistency;
  // False where success is no property of a state (SuccessWhen::kEnd): then near misses mean
  // nothing.
  bool near_misses = true;
  int widest = 50;  // inversions listed of each pair
  uint64_t seed = 0;
  int resamples = kBootstrapResamples;
  std::span<const RecordingLabels> labels;  // by recording, or empty
};

// One reward against the truth.
struct RewardVerdict {
  Interval episode_return;  // mean of the judged episodes
  Interval iqm;             // their interquartile mean: a few extreme episodes do not move it
  Interval spearman;        // of return and truth over episodes
  PairAccuracy pairs;
  PairCounts preferences;  // the pairs of which a person said which is better
  Consistency consistency;
  std::vector<TermRow> terms;  // over all recordings; without std, min and max
};

// Two rewards against each other.
struct RewardPair {
  int a = 0, b = 0;
  Interval starc, epic;
  double spearman = 0;            // of the two returns over episodes
  PairCounts counts;              // a's order as the truth: `inverted` is where b disagrees
  std::vector<Inversion> widest;  // of b against a, by b's gap; indices into episodes
};

// A recording is the behaviour of one policy.
struct PolicyRow {
  int recording = 0;
  int64_t episodes = 0;
  Interval success;  // Wilson; of the task's success, whatever the labels
  // Probability that an episode of this policy does better (success 1 or 0, a tie half) than one of
  // the policy in the next row; NaN in the last row. 0.5: the order of the two says nothing.
  Interval over_next;
  std::vector<double> returns;  // mean, by reward
};

struct Comparison {
  std::vector<JudgedEpisode> episodes;
  std::vector<std::vector<double>> returns;  // by reward and episode
  std::vector<RewardVerdict> rewards;
  std::vector<RewardPair> pairs;        // every two rewards, in order
  std::vector<PolicyRow> policies;      // best success first; recordings with an episode
  std::vector<double> policy_spearman;  // by reward: mean return and success over policies
  int potentials = 0;                   // functions behind the STARC distances
};

// Fails as Rescore does.
Result<Comparison> CompareRewards(std::span<const Trace* const> traces, const StateSpec& state,
                                  std::span<const ComparedReward> rewards, ThreadPool& pool,
                                  const ComparisonOptions& options = {});

// What differs between two scripts in meaning: "term `x`: only in the first", "weight of `y`: 1 ->
// 2".
std::vector<std::string> RewardChanges(const ComparedReward& a, const ComparedReward& b);

}  // namespace carrot
