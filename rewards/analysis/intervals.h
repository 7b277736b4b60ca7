// Confidence intervals (formats.md, "Intervals"): Wilson for rates, percentile bootstrap for means.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace carrot {

struct Interval {
  double low = 0, high = 0;
};

// Wilson score interval of a rate at 95 % (Wilson 1927): inside [0, 1], sensible at 0 and n. For n
// = 0 it is [0, 1].
Interval WilsonInterval(int64_t successes, int64_t n);

// Percentile bootstrap of the mean over all values at 95 %: values are resampled with replacement
// within their group (episodes within seeds), `resamples` times. A function of the values and
// `seed` only. NaN if there is no value; the value itself if there is one.
Interval BootstrapMean(std::span<const std::vector<double>> groups, uint64_t seed = 0,
                       int resamples = 10000);

}  // namespace carrot
