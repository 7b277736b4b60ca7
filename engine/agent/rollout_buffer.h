// RolloutBuffer: one iteration's transitions as columns, row = t * num_envs + env.
//
// An environment fault ends its episode one row earlier: the faulted row is not valid (weight 0 in
// the update) and the row before it bootstraps from the value of the state that it led to.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/agent/aligned_floats.h"

namespace carrot {

struct RolloutBuffer {
  RolloutBuffer() = default;
  RolloutBuffer(int steps, int num_envs, int obs_stride, int action_size, int mask_size,
                int reference_size);

  int rows() const { return steps * num_envs; }

  int steps = 0, num_envs = 0, obs_stride = 0, action_size = 0, mask_size = 0, reference_size = 0;
  int used = 0;  // of `steps`, from the first: what is learnt from; the rest waits for what follows
  AlignedFloats obs;           // [rows, obs_stride] normalised input of the nets
  AlignedFloats action;        // [rows, action_size] unclipped sample, or index of the choice
  AlignedFloats reference;     // [rows, reference_size] outputs of the reference policy
  std::vector<uint8_t> mask;   // [rows, mask_size]
  std::vector<double> paid;    // [rows] as the reward function paid
  std::vector<double> reward;  // [rows] what is learnt from: after buffer stages and scaling
  std::vector<uint8_t> terminated, truncated, fault;  // [rows]
  std::vector<float> log_prob;                        // [rows] when sampled
  std::vector<float>
      value;  // [rows + num_envs]: the last num_envs are of the state after the rollout
  std::vector<float> final_value;  // [rows] V(final_obs) of rows that were truncated, else unused
  std::vector<double> advantage, returns;  // [rows]
};

// Fills advantage and returns (advantage + value) of the used steps. With d = reward + gamma *
// V(next) - value:
//   terminated (alone or with truncated)  V(next) = 0, the trace ends
//   truncated                             V(next) = final_value, the trace ends
//   the next row is a fault               V(next) = value of the next row, the trace ends
//   fault                                 advantage 0, returns = value; the row is not to be used
void ComputeAdvantages(RolloutBuffer& buffer, double gamma, double lambda);

}  // namespace carrot
