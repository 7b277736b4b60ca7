// Rankings: does a reward order behaviours as the truth (success) does?
//
// Everything takes parallel lists: x[i] and y[i] belong to episode (or policy) i. An entry that is
// NaN on either side is left out; infinite values rank like any other. Empty lists are allowed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rewards/analysis/intervals.h"

namespace carrot {

// Ranks from 1; equal values share the mean of their ranks. No value may be NaN.
std::vector<double> AverageRanks(std::span<const double> values);

// Spearman's rank correlation in [-1, 1]: Pearson's of the average ranks. NaN if fewer than two
// pairs remain or one side is constant: then there is no order to agree with.
double Spearman(std::span<const double> x, std::span<const double> y);
// The same with a 95 % percentile bootstrap over pairs. `strata`: sizes of consecutive groups that
// are resampled within themselves (policies, seeds); empty: one group. Resamples in which a side
// is constant have no correlation and are left out of the percentiles; if they are more than half,
// the bounds are NaN.
Interval SpearmanInterval(std::span<const double> x, std::span<const double> y,
                          std::span<const int> strata = {}, uint64_t seed = 0,
                          int resamples = kBootstrapResamples);

// Pairs of entries that `truth` tells apart, by what the score says of them.
struct PairCounts {
  int64_t comparable = 0;  // truth differs: agreeing + inverted + tied
  int64_t agreeing = 0;    // the score orders them as the truth does
  int64_t inverted = 0;    // the other way round: rank inversions
  int64_t tied = 0;        // the score gives both the same
};
// O(n log n).
PairCounts CountPairs(std::span<const double> truth, std::span<const double> score);

struct Inversion {
  int64_t better = 0, worse = 0;  // entries: truth[better] > truth[worse]
  double gap = 0;                 // score[worse] - score[better] > 0
};
// The `limit` inversions with the widest gap, widest first (then by entries). O(n^2).
std::vector<Inversion> WidestInversions(std::span<const double> truth,
                                        std::span<const double> score, int limit);

// P(x > y) + P(x = y) / 2 for a draw of each within one stratum, averaged over the strata that have
// both, with a 95 % stratified bootstrap of both sides. A stratum is a task, its samples are
// training seeds. NaN without any such stratum. Source: Agarwal et al. (2021), "Deep RL at the edge
// of the statistical precipice", section 4.3.
Interval ProbabilityOfImprovement(std::span<const std::vector<double>> x,
                                  std::span<const std::vector<double>> y, uint64_t seed = 0,
                                  int resamples = kBootstrapResamples);

}  // namespace carrot
