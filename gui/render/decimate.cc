#include "gui/render/decimate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/base/check.h"

namespace carrot {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Bins of equal length (but for rounding) that cover [0, count).
struct Bins {
  int64_t count = 0;
  int64_t bins = 0;
  Bins(int64_t samples, int columns)
      : count(samples), bins(samples > int64_t{4} * columns ? columns : samples) {}
  int64_t Begin(int64_t bin) const { return bin * count / bins; }
  double Centre(int64_t bin, double x0, double dx) const {
    return x0 + dx * 0.5 * static_cast<double>(Begin(bin) + Begin(bin + 1) - 1);
  }
};

}  // namespace

DecimatedSeries Decimate(std::span<const double> y, double scale, double x0, double dx,
                         int columns) {
  CARROT_CHECK(columns > 0);
  const Bins bins(static_cast<int64_t>(y.size()), columns);
  DecimatedSeries out;
  out.binned = bins.bins < bins.count;
  for (int64_t bin = 0; bin < bins.bins; ++bin) {
    double low = std::numeric_limits<double>::infinity(), high = -low, sum = 0;
    int64_t finite = 0;
    const int64_t begin = bins.Begin(bin), end = bins.Begin(bin + 1);
    for (int64_t i = begin; i < end; ++i) {
      const double value = y[i] * scale;
      if (!std::isfinite(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
      sum += value;
      ++finite;
    }
    const double x = bins.Centre(bin, x0, dx);
    if (finite < end - begin) out.non_finite.push_back(x);
    out.x.push_back(x);
    out.mean.push_back(finite > 0 ? sum / static_cast<double>(finite) : kNan);
    out.low.push_back(finite > 0 ? low : kNan);
    out.high.push_back(finite > 0 ? high : kNan);
  }
  return out;
}

DecimatedShares DecimateShares(std::span<const std::span<const double>> series,
                               std::span<const double> scales, double x0, double dx, int columns) {
  CARROT_CHECK(series.size() == scales.size());
  DecimatedShares out;
  out.share.resize(series.size());
  if (series.empty()) return out;
  const Bins bins(static_cast<int64_t>(series[0].size()), columns);
  std::vector<double> sums(series.size());
  for (int64_t bin = 0; bin < bins.bins; ++bin) {
    double all = 0;
    for (size_t k = 0; k < series.size(); ++k) {
      sums[k] = 0;
      for (int64_t i = bins.Begin(bin); i < bins.Begin(bin + 1); ++i) {
        const double value = std::abs(series[k][i] * scales[k]);
        if (std::isfinite(value)) sums[k] += value;
      }
      all += sums[k];
    }
    out.x.push_back(bins.Centre(bin, x0, dx));
    for (size_t k = 0; k < series.size(); ++k) out.share[k].push_back(all > 0 ? sums[k] / all : 0);
  }
  return out;
}

}  // namespace carrot
