#include "rewards/analysis/intervals.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/base/rng.h"
#include "rewards/analysis/numbers.h"

namespace carrot {
namespace {

double Mean(std::span<const double> samples) {
  double sum = 0;
  for (double x : samples) sum += x;
  return sum / static_cast<double>(samples.size());
}

// `sorted` is not empty; q in [0, 1].
double Percentile(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Interval Bootstrap(std::span<const std::vector<double>> strata, uint64_t seed, int resamples,
                   FunctionRef<double(std::span<const double>)> statistic) {
  std::vector<double> all;
  std::vector<int> sizes;
  for (const auto& stratum : strata) {
    all.insert(all.end(), stratum.begin(), stratum.end());
    sizes.push_back(static_cast<int>(stratum.size()));
  }
  std::vector<double> resample(all.size());
  return BootstrapStatistic(
      sizes,
      [&](std::span<const int> samples) {
        for (size_t i = 0; i < samples.size(); ++i) resample[i] = all[samples[i]];
        return statistic(resample);
      },
      seed, resamples);
}

}  // namespace

Interval WilsonInterval(int64_t successes, int64_t n) {
  if (n <= 0) return {kNaN, 0, 1};
  constexpr double kZ = 1.959963984540054;  // 97.5 % quantile of the standard normal
  const double count = static_cast<double>(n);
  const double rate = static_cast<double>(successes) / count;
  const double scale = 1 + kZ * kZ / count;
  const double centre = (rate + kZ * kZ / (2 * count)) / scale;
  const double half =
      kZ / scale * std::sqrt(rate * (1 - rate) / count + kZ * kZ / (4 * count * count));
  // The bounds at 0 and n successes are 0 and 1 exactly; rounding must not move them.
  return {rate, successes == 0 ? 0.0 : std::max(0.0, centre - half),
          successes == n ? 1.0 : std::min(1.0, centre + half)};
}

Interval BootstrapMean(std::span<const double> samples, uint64_t seed, int resamples) {
  const std::vector<double> stratum(samples.begin(), samples.end());
  return BootstrapMean({&stratum, 1}, seed, resamples);
}

Interval BootstrapMean(std::span<const std::vector<double>> strata, uint64_t seed, int resamples) {
  return Bootstrap(strata, seed, resamples, [](auto samples) { return Mean(samples); });
}

double InterquartileMean(std::span<const double> samples) {
  if (samples.empty()) return kNaN;
  std::vector<double> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end());
  // Sample i covers [i, i + 1) of [0, n); the middle half is [n / 4, 3 n / 4).
  const double n = static_cast<double>(sorted.size());
  double sum = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    const double low = std::max(static_cast<double>(i), n / 4);
    const double high = std::min(static_cast<double>(i) + 1, 3 * n / 4);
    if (high > low) sum += (high - low) * sorted[i];
  }
  return sum / (n / 2);
}

Interval BootstrapIqm(std::span<const std::vector<double>> strata, uint64_t seed, int resamples) {
  return Bootstrap(strata, seed, resamples,
                   [](auto samples) { return InterquartileMean(samples); });
}

Interval BootstrapStatistic(std::span<const int> strata,
                            FunctionRef<double(std::span<const int>)> statistic, uint64_t seed,
                            int resamples) {
  std::vector<int> drawn(std::accumulate(strata.begin(), strata.end(), 0));
  if (drawn.empty()) return {kNaN, kNaN, kNaN};
  std::iota(drawn.begin(), drawn.end(), 0);
  const double value = statistic(drawn);
  std::vector<double> values;
  values.reserve(resamples);
  for (int i = 0; i < resamples; ++i) {
    Rng rng(Key(seed, RngDomain::kBootstrap, i));
    size_t at = 0;
    int first = 0;
    for (int size : strata) {
      const auto n = static_cast<uint32_t>(size);
      for (uint32_t k = 0; k < n; ++k) drawn[at++] = first + static_cast<int>(rng.Below(n));
      first += size;
    }
    if (const double resampled = statistic(drawn); !std::isnan(resampled)) {
      values.push_back(resampled);
    }
  }
  if (2 * static_cast<int64_t>(values.size()) < resamples) return {value, kNaN, kNaN};
  std::sort(values.begin(), values.end());
  return {value, Percentile(values, 0.025), Percentile(values, 0.975)};
}

}  // namespace carrot
