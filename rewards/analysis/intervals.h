// Confidence intervals. All are deterministic: the bootstrap draws from keyed streams, one a
// resample.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/function_ref.h"

namespace carrot {

// Without samples the value is NaN; so are the bounds of a mean, and those of a rate are [0, 1].
struct Interval {
  double value = 0;
  double low = 0;
  double high = 0;
};

inline constexpr int kBootstrapResamples = 10000;

// 95 % interval of a rate; value is successes / n.
// Source: Wilson (1927), "Probable inference, the law of succession, and statistical inference".
Interval WilsonInterval(int64_t successes, int64_t n);

// 95 % percentile bootstrap of the mean (Efron, Tibshirani 1993, chapter 13). Percentiles
// interpolate linearly between order statistics, as numpy.percentile does by default.
Interval BootstrapMean(std::span<const double> samples, uint64_t seed = 0,
                       int resamples = kBootstrapResamples);
// The same with samples in strata (for instance the episodes of each seed): each stratum is
// resampled within itself, the value is the mean of all samples.
Interval BootstrapMean(std::span<const std::vector<double>> strata, uint64_t seed = 0,
                       int resamples = kBootstrapResamples);

// 95 % percentile bootstrap of any statistic. Samples are numbered 0, 1, ... stratum after stratum
// (`strata` holds sizes) and resampled within their stratum; the value is the statistic of all. A
// resample whose statistic is NaN is left out; if more than half are, the bounds are NaN.
Interval BootstrapStatistic(std::span<const int> strata,
                            FunctionRef<double(std::span<const int> samples)> statistic,
                            uint64_t seed = 0, int resamples = kBootstrapResamples);

// Mean of the middle half: the samples below the first and above the third quartile are left out, a
// sample on the border counts in part (scipy.stats.trim_mean(x, 0.25) for lengths divisible by 4).
double InterquartileMean(std::span<const double> samples);
// Stratified bootstrap of it over all samples (Agarwal et al. 2021, "Deep RL at the edge of the
// statistical precipice"): strata are tasks, samples are training seeds.
Interval BootstrapIqm(std::span<const std::vector<double>> strata, uint64_t seed = 0,
                      int resamples = kBootstrapResamples);

}  // namespace carrot
