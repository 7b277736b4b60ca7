// What each term does: one pass over the term columns gives sums that serve any weights afterwards.
//
// Statistics are over the transitions of the recording: row 0 of an episode (no transition) and
// rows of an environment fault are left out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/thread_pool.h"
#include "engine/core/reward_function.h"
#include "engine/trace/trace.h"
#include "rewards/analysis/intervals.h"
#include "rewards/analysis/rescore.h"

namespace carrot {

// Raw values of one term.
struct TermSums {
  int64_t rows = 0;
  int64_t non_zero = 0;
  double mean = 0, m2 = 0;  // m2: sum of squared deviations from the mean
  double min = 0, max = 0;
  double sum = 0, abs_sum = 0;
};
// Adds the rows of `part`, those of another recording for instance.
void MergeSums(const TermSums& part, TermSums& into);

// Terms in the reward's order; with a potential, one more for the shaping F of each transition.
// `score` null: recorded columns. Partial sums are merged in block order, so bits do not depend on
// the number of workers. `gamma` is used for F only.
std::vector<TermSums> SumTerms(const Trace& trace, const RewardSpec& reward, const Score* score,
                               double gamma, ThreadPool& pool);

struct TermRow {
  std::string name;  // "(potential)" for the shaping
  TermKind kind = TermKind::kDense;
  double weight = 0;
  int64_t rows = 0;
  double mean = 0, std = 0, min = 0, max = 0;  // of raw values; std is the population's
  double activation = 0;                       // share of rows with a value other than 0
  double weighted_mean = 0;                    // weight * mean: contribution to the total of a step
  double magnitude_share = 0;  // sum |w x| / sum over terms of sum |w x|; monitors count 0
  double signed_share = 0;     // w sum x / sum over terms of |w sum x|, in [-1, 1]
};
std::vector<TermRow> TermTable(const RewardSpec& reward, const std::vector<TermSums>& sums,
                               const RewardWeights& weights);

// Finished episodes; environment faults are counted and left out.
struct EpisodeStats {
  int64_t episodes = 0;
  int64_t faults = 0;
  Interval episode_return, length;  // bootstrap, 95 %
  Interval success;                 // Wilson, 95 %
};
EpisodeStats SummariseEpisodes(std::span<const EpisodeSummary> episodes, uint64_t seed = 0);
EpisodeStats SummariseEpisodes(std::span<const EpisodeScore> episodes, uint64_t seed = 0);

}  // namespace carrot
