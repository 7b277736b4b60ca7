#include "engine/core/return_check.h"

#include <fmt/format.h>

#include <cmath>

namespace carrot {
namespace {

constexpr double kGreatWeight = 1e100;

// What is multiplied: a term, or the potential (term -1).
struct Factor {
  int term = -1;
  double weight = 0, sum = 1;
  double size() const { return std::abs(weight) * std::max(1.0, std::abs(sum)); }
};

Factor Largest(const RewardSpec& reward, const RewardWeights& weights,
               std::span<const double> term_sums) {
  Factor largest;
  if (reward.has_potential) largest.weight = weights.potential;
  for (size_t k = 0; k < reward.terms.size(); ++k) {
    if (!Counts(reward.terms[k], weights.weights[k])) continue;
    const Factor factor{static_cast<int>(k), weights.weights[k],
                        k < term_sums.size() ? term_sums[k] : 1};
    if (largest.term < 0 && !reward.has_potential) largest = factor;
    if (!(factor.size() <= largest.size())) largest = factor;  // NaN: the sum is what is wrong
  }
  return largest;
}

std::string NameOf(const RewardSpec& reward, const Factor& factor) {
  return factor.term < 0 ? "potential" : reward.terms[factor.term].name;
}

std::string SmallerWeight(const std::string& name) {
  return fmt::format("give `{0}` a smaller weight: in the script, or --set w:{0}=1", name);
}

}  // namespace

void ReturnCheck::Add(double episode_return, std::span<const double> term_sums) {
  if (std::abs(episode_return) <= kMostReturn) return;
  if (useless_++ == 0) sums_.assign(term_sums.begin(), term_sums.end());
}

Diagnostics ReturnCheck::Errors() const {
  if (useless_ == 0) return {};
  const Factor factor = Largest(reward_, weights_, sums_);
  const std::string name = NameOf(reward_, factor);
  Diagnostic error = MakeError(
      "R036", fmt::format("{} under `{}` {} too large to add up: `{}` with weight {:g} pays most",
                          useless_ == 1 ? "a return" : fmt::format("{} returns", useless_),
                          reward_.name, useless_ == 1 ? "is" : "are", name, factor.weight));
  const bool weight = std::abs(factor.weight) >= std::abs(factor.sum);
  error.help = {weight ? SmallerWeight(name)
                       : fmt::format("bound what `{}` returns: its values add up to {:g} in an "
                                     "episode",
                                     name, factor.sum)};
  error.notes = {
      fmt::format("beyond {:g} a return has neither a mean nor an interval", kMostReturn)};
  if (factor.term >= 0) error.where = reward_.terms[factor.term].where;
  if (error.where.file.empty()) error.where.file = reward_.path;
  return {std::move(error)};
}

void BlameWeight(const RewardSpec& reward, const RewardWeights& weights, Diagnostic* error) {
  const Factor factor = Largest(reward, weights, {});
  if (std::abs(factor.weight) < kGreatWeight) return;
  const std::string name = NameOf(reward, factor);
  error->message += fmt::format(": `{}` has the weight {:g}", name, factor.weight);
  error->help = {SmallerWeight(name)};
}

}  // namespace carrot
