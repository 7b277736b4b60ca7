// Pyramid: a column of any length, drawn at the cost of its pixels. Levels of 8 to 1 keep the
// least, the greatest and the mean value, so that a sample that stands out alone stays visible at
// any zoom, and bucket edges lie on the sample grid, so that a curve does not shimmer while it is
// moved.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace carrot {

struct PyramidPoints {
  std::vector<double> x, mean, low,
      high;              // one a bucket; x its middle. NaN: nothing finite is in it.
  bool samples = false;  // low == mean == high: the samples themselves
};

class Pyramid {
 public:
  // Takes the column; NaN: no value. O(samples).
  void Build(std::vector<float> samples);
  int64_t size() const { return static_cast<int64_t>(samples_.size()); }
  // Buckets that cover [from, to), at least one and at most 2 a pixel of `columns`, times `scale`.
  // Reuses the memory of `out`.
  void Points(double from, double to, int columns, double scale, PyramidPoints* out) const;
  float At(int64_t i) const { return samples_[i]; }
  // Of any place; 0 where there is no sample.
  double AtOrZero(int64_t i) const {
    return i >= 0 && i < size() && std::isfinite(samples_[i]) ? samples_[i] : 0;
  }
  // Of what was built: no two that were built differently have the same. 0: nothing was.
  uint64_t stamp() const { return stamp_; }

 private:
  struct Level {
    std::vector<float> low, high, mean;
  };
  std::vector<float> samples_;
  uint64_t stamp_ = 0;
  std::vector<Level> levels_;  // level l: buckets of 8^(l+1) samples
};

}  // namespace carrot
