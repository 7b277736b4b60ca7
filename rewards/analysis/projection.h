// Least squares by orthogonal columns: what is left of a vector once everything that given columns
// can express is taken away.
#pragma once

#include <span>
#include <vector>

namespace carrot {

// Orthonormal columns by modified Gram-Schmidt, each orthogonalised twice (Giraud, Langou 2005:
// twice is enough). A column that the earlier ones express up to rounding is dropped.
class OrthonormalBasis {
 public:
  void Add(std::vector<double> column);
  // Subtracts the projection onto the basis.
  void Remove(std::span<double> vector) const;
  int size() const { return static_cast<int>(columns_.size()); }

 private:
  std::vector<std::vector<double>> columns_;
};

double Dot(std::span<const double> x, std::span<const double> y);

// Half the L2 distance of x / |x| and y / |y|, of which only the products are needed:
// sqrt((1 - cos) / 2). Zero vectors stay zero: 0 to each other, 1/2 to the rest.
double HalfDirectionDistance(double xx, double yy, double xy);

}  // namespace carrot
