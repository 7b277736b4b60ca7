// Small numeric helpers that several analyses share.
#pragma once

#include <algorithm>
#include <limits>
#include <vector>

namespace carrot {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The middle value, or the mean of the two middle ones; NaN of nothing.
inline double Median(std::vector<double> values) {
  if (values.empty()) return kNaN;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace carrot
