// PPO's loss and its gradient in plain double precision, written from the formulas without any of
// the learner's code: what the fast f32 version is compared with.
#pragma once

#include <vector>

#include "engine/agent/policy.h"
#include "engine/agent/rollout_buffer.h"

namespace carrot::testing {

struct ReferenceLoss {
  double total = 0;
  double policy = 0, value = 0, entropy = 0, kl = 0, reference_kl = 0, clipfrac = 0;  // means
  std::vector<double> gradient;  // of total, laid out as Policy::parameters()
};

// parameters: as Policy::parameters(), any values. reference may be null.
ReferenceLoss ReferencePpo(const Policy& policy, const std::vector<double>& parameters,
                           const RolloutBuffer& buffer, const std::vector<int>& rows,
                           const PpoConfig& config, const Policy* reference);

}  // namespace carrot::testing
