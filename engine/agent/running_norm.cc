#include "engine/agent/running_norm.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"

namespace carrot {
namespace {
constexpr double kEpsilon = 1e-8;
}

RunningNorm::RunningNorm(int size)
    : mean_(size, 0.0), variance_(size, 1.0), scale_(size), sum_(size, 0.0), sum_sq_(size, 0.0) {
  UpdateScale();
}

void RunningNorm::Add(const double* row) {
  for (size_t i = 0; i < mean_.size(); ++i) {
    const double d = row[i] - mean_[i];
    sum_[i] += d;
    sum_sq_[i] += d * d;
  }
  added_ += 1;
}

void RunningNorm::Commit() {
  bool finite = added_ > 0;
  for (double s : sum_sq_) finite = finite && std::isfinite(s);
  if (finite) {
    const double total = count_ + added_;
    for (size_t i = 0; i < mean_.size(); ++i) {
      const double delta = sum_[i] / added_;  // batch mean - mean
      const double batch = std::max(0.0, sum_sq_[i] - added_ * delta * delta);
      const double both = (count_ > 0 ? variance_[i] * count_ : 0.0) + batch +
                          delta * delta * count_ * added_ / total;
      mean_[i] += delta * added_ / total;
      variance_[i] = both / total;
    }
    count_ = total;
    UpdateScale();
  }
  added_ = 0;
  std::fill(sum_.begin(), sum_.end(), 0.0);
  std::fill(sum_sq_.begin(), sum_sq_.end(), 0.0);
}

void RunningNorm::Apply(const double* row, double clip, float* out) const {
  for (size_t i = 0; i < mean_.size(); ++i) {
    const double x = (row[i] - mean_[i]) * scale_[i];
    out[i] = x == x ? static_cast<float>(std::clamp(x, -clip, clip)) : 0.0f;
  }
}

void RunningNorm::Set(double count, std::vector<double> mean, std::vector<double> variance) {
  CARROT_CHECK(mean.size() == variance.size());
  *this = RunningNorm(static_cast<int>(mean.size()));
  count_ = count;
  mean_ = std::move(mean);
  variance_ = std::move(variance);
  UpdateScale();
}

void RunningNorm::Restart() { *this = RunningNorm(size()); }

void RunningNorm::UpdateScale() {
  for (size_t i = 0; i < variance_.size(); ++i)
    scale_[i] = 1.0 / std::sqrt(variance_[i] + kEpsilon);
}

}  // namespace carrot
