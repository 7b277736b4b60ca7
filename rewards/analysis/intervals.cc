#include "rewards/analysis/intervals.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/base/rng.h"

namespace carrot {
namespace {

constexpr double kZ = 1.959963984540054;  // 97.5 % point of the standard normal

// Linear interpolation between order statistics (Hyndman and Fan's type 7, as numpy's default).
double Quantile(std::vector<double>& values, double q) {
  const double at = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(std::floor(at));
  std::nth_element(values.begin(), values.begin() + below, values.end());
  const double low = values[below];
  if (below + 1 == values.size()) return low;
  const double high = *std::min_element(values.begin() + below + 1, values.end());
  return low + (at - static_cast<double>(below)) * (high - low);
}

}  // namespace

Interval WilsonInterval(int64_t successes, int64_t n) {
  if (n <= 0) return {0, 1};
  const double count = static_cast<double>(n);
  const double p = static_cast<double>(successes) / count;
  const double denominator = 1 + kZ * kZ / count;
  const double centre = (p + kZ * kZ / (2 * count)) / denominator;
  const double half =
      kZ / denominator * std::sqrt(p * (1 - p) / count + kZ * kZ / (4 * count * count));
  // At the ends the bound is exact; rounding must not push it past them.
  return {successes == 0 ? 0.0 : centre - half, successes == n ? 1.0 : centre + half};
}

Interval BootstrapMean(std::span<const std::vector<double>> groups, uint64_t seed, int resamples) {
  size_t total = 0;
  for (const auto& group : groups) total += group.size();
  if (total == 0) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return {nan, nan};
  }
  std::vector<double> means(static_cast<size_t>(resamples));
  for (int r = 0; r < resamples; ++r) {
    Rng rng(Key(seed, RngDomain::kBootstrap, r));
    double sum = 0;
    for (const auto& group : groups) {
      const auto n = static_cast<uint32_t>(group.size());
      for (uint32_t i = 0; i < n; ++i) sum += group[rng.Below(n)];
    }
    means[static_cast<size_t>(r)] = sum / static_cast<double>(total);
  }
  const double low = Quantile(means, 0.025);
  return {low, Quantile(means, 0.975)};
}

}  // namespace carrot
