// Running mean and variance, updated once an iteration (engine/README.md: "Normalisers").
//
// During an iteration the statistics are frozen; rows are only summed, relative to the frozen mean
// so that no digits are lost. Commit() merges the sums (Chan, Golub, LeVeque 1979).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace carrot {

class RunningNorm {
 public:
  RunningNorm() = default;
  explicit RunningNorm(int size);

  int size() const { return static_cast<int>(mean_.size()); }
  // Adds one row to the sums of this iteration. The order of the calls is part of the result.
  void Add(const double* row);
  // Merges this iteration's sums. Not-finite sums (a diverged simulation) are dropped.
  void Commit();

  // out[i] = clamp((row[i] - mean[i]) / sqrt(var[i] + 1e-8), -clip, clip) as f32; a value that is
  // not a number becomes 0. Before the first Commit: mean 0, variance 1.
  void Apply(const double* row, double clip, float* out) const;

  double count() const { return count_; }
  std::span<const double> mean() const { return mean_; }
  std::span<const double> variance() const { return variance_; }
  void Set(double count, std::vector<double> mean, std::vector<double> variance);
  void Restart();

 private:
  void UpdateScale();

  double count_ = 0;
  std::vector<double> mean_, variance_, scale_;  // scale = 1 / sqrt(variance + 1e-8)
  double added_ = 0;
  std::vector<double> sum_, sum_sq_;  // of (row - mean) in this iteration
};

}  // namespace carrot
