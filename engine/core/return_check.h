// Returns that are of no use: infinite, not a number, or so large that their mean and its interval
// would be. Rewards are finite (CombineTerms), their sum over an episode need not be.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/core/reward_function.h"

namespace carrot {

// Beyond it squares, which intervals are made of, overflow.
inline constexpr double kMostReturn = 1e150;

// Collects the returns of one reward's episodes. Not thread-safe.
class ReturnCheck {
 public:
  // Both must outlive it.
  ReturnCheck(const RewardSpec& reward, const RewardWeights& weights)
      : reward_(reward), weights_(weights) {}
  // `term_sums`: raw, by the reward's terms; empty if they are not known.
  void Add(double episode_return, std::span<const double> term_sums);
  // R036, which names what pays most, or nothing if all returns are of use.
  Diagnostics Errors() const;

 private:
  const RewardSpec& reward_;
  const RewardWeights& weights_;
  int64_t useless_ = 0;
  std::vector<double> sums_;  // of the first such episode
};

// Says so in `error` (R035) if a weight alone is a reason for an overflow.
void BlameWeight(const RewardSpec& reward, const RewardWeights& weights, Diagnostic* error);

}  // namespace carrot
