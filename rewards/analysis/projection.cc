#include "rewards/analysis/projection.h"

#include <algorithm>
#include <cmath>

namespace carrot {

double Dot(std::span<const double> x, std::span<const double> y) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
  return sum;
}

void OrthonormalBasis::Add(std::vector<double> column) {
  constexpr double kExpressed = 1e-10;  // what is left of a column, relative to its length
  const double length = std::sqrt(Dot(column, column));
  Remove(column);
  const double left = std::sqrt(Dot(column, column));
  if (!(left > kExpressed * length) || !std::isfinite(left)) return;
  for (double& x : column) x /= left;
  columns_.push_back(std::move(column));
}

void OrthonormalBasis::Remove(std::span<double> vector) const {
  for (int pass = 0; pass < 2; ++pass) {
    for (const auto& column : columns_) {
      const double along = Dot(column, vector);
      for (size_t i = 0; i < vector.size(); ++i) vector[i] -= along * column[i];
    }
  }
}

double HalfDirectionDistance(double xx, double yy, double xy) {
  if (!(xx > 0) && !(yy > 0)) return 0;
  if (!(xx > 0) || !(yy > 0)) return 0.5;
  const double cosine = std::clamp(xy / (std::sqrt(xx) * std::sqrt(yy)), -1.0, 1.0);
  return std::sqrt((1 - cosine) / 2);
}

}  // namespace carrot
