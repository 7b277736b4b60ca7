// How terms go together, and with success: over steps, and over episodes.
#pragma once

#include <span>
#include <vector>

namespace carrot {

// Indices are those of EvidenceEpisode::paid. A correlation with something constant is NaN.
struct TermRelations {
  int terms = 0;
  std::vector<double> correlation;          // [terms, terms] Pearson's, of the values of each step
  std::vector<double> success_correlation;  // Pearson's, of an episode's sum with its success
  std::vector<double> at_success, at_failure;  // mean sum of an episode; NaN without such episodes
  double Between(int a, int b) const { return correlation[a * terms + b]; }
};

// Pearson's correlation matrix by streaming updates of means and co-moments (Welford's, for
// pairs), in the order of the calls.
class Correlator {
 public:
  explicit Correlator(int size) : size_(size), mean_(size), moment_(size * size), delta_(size) {}
  void Add(std::span<const double> values);
  std::vector<double> Matrix() const;

 private:
  int size_;
  double count_ = 0;
  std::vector<double> mean_, moment_, delta_;
};

struct EvidenceEpisode;
// Fills all but `correlation`.
void RelateToSuccess(std::span<const EvidenceEpisode> episodes, int terms,
                     TermRelations* relations);

}  // namespace carrot
