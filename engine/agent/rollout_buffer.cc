#include "engine/agent/rollout_buffer.h"

namespace carrot {

RolloutBuffer::RolloutBuffer(int steps, int num_envs, int obs_stride, int action_size,
                             int mask_size, int reference_size)
    : steps(steps),
      num_envs(num_envs),
      obs_stride(obs_stride),
      action_size(action_size),
      mask_size(mask_size),
      reference_size(reference_size),
      used(steps) {
  const auto n = static_cast<size_t>(rows());
  // The last num_envs rows of obs are the state after the rollout.
  obs = AlignedFloats((n + num_envs) * obs_stride);
  action = AlignedFloats(n * action_size);
  reference = AlignedFloats(n * reference_size);
  mask.resize(n * mask_size);
  for (auto* column : {&paid, &reward, &advantage, &returns}) column->resize(n);
  for (auto* column : {&terminated, &truncated, &fault}) column->resize(n);
  log_prob.resize(n);
  value.resize(n + num_envs);
  final_value.resize(n);
}

void ComputeAdvantages(RolloutBuffer& b, double gamma, double lambda) {
  for (int env = 0; env < b.num_envs; ++env) {
    double trace = 0;  // advantage of the next row of this episode
    for (int t = b.used - 1; t >= 0; --t) {
      const int row = t * b.num_envs + env, next = row + b.num_envs;
      const double value = b.value[row];
      if (b.fault[row]) {
        b.advantage[row] = 0;
        b.returns[row] = value;
        trace = 0;
        continue;
      }
      const bool next_is_fault = t + 1 < b.steps && b.fault[next];
      const bool ends = b.terminated[row] || b.truncated[row];
      double next_value = b.value[next];
      if (b.truncated[row]) next_value = b.final_value[row];
      if (b.terminated[row]) next_value = 0;
      if (ends || next_is_fault) trace = 0;
      const double delta = b.reward[row] + gamma * next_value - value;
      trace = delta + gamma * lambda * trace;
      b.advantage[row] = trace;
      b.returns[row] = trace + value;
    }
  }
}

}  // namespace carrot
