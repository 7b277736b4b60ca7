// Long series, as many points as there are pixels. A sample that stands out alone stays visible:
// each pixel column keeps its least and greatest value.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace carrot {

// Sample i lies at x = x0 + i * dx.
struct DecimatedSeries {
  // One point a sample if there are few, else one a pixel column. NaN where nothing finite is.
  std::vector<double> x, mean, low, high;
  bool binned = false;             // false: low == mean == high, the samples themselves
  std::vector<double> non_finite;  // x of columns (or samples) that hold a NaN or an infinity
};

// The samples times `scale`, for `columns` pixel columns over the whole span. Binned if there are
// more than 4 samples a column. O(samples). Non-finite samples do not count in mean, low and high.
DecimatedSeries Decimate(std::span<const double> y, double scale, double x0, double dx,
                         int columns);

// Shares of |scale_k * series_k| in their sum, by the same columns: share[k][column], 0..1, and 0
// where all series are 0. All series have the same length. x as in Decimate.
struct DecimatedShares {
  std::vector<double> x;
  std::vector<std::vector<double>> share;
};
DecimatedShares DecimateShares(std::span<const std::span<const double>> series,
                               std::span<const double> scales, double x0, double dx, int columns);

}  // namespace carrot
