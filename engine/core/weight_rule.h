// Rules of a reward's `schedule`: how a trainer changes weights between iterations, from what the
// script cannot see: success, costs, time (rewards/lib/multi.lua has the formulas). Plain data;
// engine/session/weight_schedule applies them.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/diagnostic.h"

namespace carrot {

struct WeightRule {
  enum class Kind : uint8_t { kConstraint, kTrust, kGate, kPreference };
  Kind kind = Kind::kConstraint;
  std::vector<int> terms;      // whose weights it sets; one, but for kPreference
  std::vector<double> shares;  // kPreference: by terms; their sum is 1

  // kConstraint: the mean of the term is to stay at or below `bound` (at_most), or above it.
  bool at_most = true;
  bool per_episode = false;  // of sums over episodes instead of steps
  double rate = 0.1;         // of the multiplier: weight per violation and iteration
  double limit = 100;        // of the multiplier

  double bound = 0;  // kConstraint and kGate

  double half_life = 0;  // kTrust: steps; 0: it does not fade
  int pairs = 8;         // kTrust: successes and failures needed for a judgement

  static constexpr int kSuccess = -1;
  int after = kSuccess;  // kGate: the term whose mean opens it, or the share of successes
  double slack = 0;      // kGate: it closes below bound - slack

  SourceSpan where = {};
};

inline constexpr const char* kWeightRuleNames[] = {"constraint", "trust", "gate", "preference"};
inline const char* Name(WeightRule::Kind kind) { return kWeightRuleNames[static_cast<int>(kind)]; }

}  // namespace carrot
