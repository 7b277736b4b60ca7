#include "rewards/analysis/term_relations.h"

#include <cmath>
#include <limits>

#include "rewards/analysis/evidence.h"
#include "rewards/analysis/numbers.h"

namespace carrot {
namespace {}  // namespace

void Correlator::Add(std::span<const double> values) {
  count_ += 1;
  for (int k = 0; k < size_; ++k) {
    delta_[k] = values[k] - mean_[k];
    mean_[k] += delta_[k] / count_;
  }
  for (int a = 0; a < size_; ++a) {
    for (int b = 0; b <= a; ++b) moment_[a * size_ + b] += delta_[a] * (values[b] - mean_[b]);
  }
}

std::vector<double> Correlator::Matrix() const {
  std::vector<double> matrix(moment_.size(), kNaN);
  for (int a = 0; a < size_; ++a) {
    for (int b = 0; b <= a; ++b) {
      const double scale = std::sqrt(moment_[a * size_ + a]) * std::sqrt(moment_[b * size_ + b]);
      if (!(scale > 0)) continue;
      matrix[a * size_ + b] = matrix[b * size_ + a] = moment_[a * size_ + b] / scale;
    }
  }
  return matrix;
}

void RelateToSuccess(std::span<const EvidenceEpisode> episodes, int terms,
                     TermRelations* relations) {
  Correlator correlator(terms + 1);
  std::vector<double> row(terms + 1);
  std::vector<double> sums[2] = {std::vector<double>(terms), std::vector<double>(terms)};
  double count[2] = {0, 0};
  for (const EvidenceEpisode& episode : episodes) {
    for (int k = 0; k < terms; ++k) {
      row[k] = episode.paid[k];
      sums[episode.success][k] += episode.paid[k];
    }
    row[terms] = episode.success ? 1 : 0;
    count[episode.success] += 1;
    correlator.Add(row);
  }
  const std::vector<double> matrix = correlator.Matrix();
  relations->terms = terms;
  relations->success_correlation.assign(matrix.begin() + terms * (terms + 1),
                                        matrix.begin() + terms * (terms + 1) + terms);
  for (int k = 0; k < terms; ++k) {
    relations->at_failure.push_back(count[0] > 0 ? sums[0][k] / count[0] : kNaN);
    relations->at_success.push_back(count[1] > 0 ? sums[1][k] / count[1] : kNaN);
  }
}

}  // namespace carrot
