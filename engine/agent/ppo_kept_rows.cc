// Rows that wait for the next rollout, because the stage delta needs the row after them.
#include <algorithm>

#include "engine/agent/ppo_state.h"

namespace carrot {
namespace {

// The last step's rows of a column become those of its first step.
template <typename Column>
void MoveLast(Column& column, size_t width) {
  if (width > 0) std::copy_n(column.data() + column.size() - width, width, column.data());
}

}  // namespace

void Ppo::State::SetStages(const LearnStages& wanted) {
  stages = wanted;
  const int kept = wanted.delta ? 1 : 0;
  if (kept == kept_steps) return;
  kept_steps = kept;
  buffer = RolloutBuffer(config.rollout_steps + kept, config.num_envs, buffer.obs_stride,
                         buffer.action_size, buffer.mask_size, buffer.reference_size);
  buffer.used = config.rollout_steps;
  DropKeptRows();
}

// Kept rows count as faults, which are never learnt from.
void Ppo::State::DropKeptRows() {
  final_rows.clear();
  final_obs.clear();
  for (int row = 0; row < kept_steps * config.num_envs; ++row) {
    buffer.fault[row] = 1;
    buffer.terminated[row] = buffer.truncated[row] = 0;
  }
}

// After an update: the last step moves to the front, with the last observations of its episodes.
void Ppo::State::KeepLastRows() {
  const int n = config.num_envs, first = buffer.used * n;
  const int obs_size = policy.spec().observation_size;
  size_t kept = 0;
  for (size_t i = 0; i < final_rows.size() && kept_steps > 0; ++i) {
    if (final_rows[i] < first) continue;
    std::copy_n(final_obs.begin() + static_cast<ptrdiff_t>(i) * obs_size, obs_size,
                final_obs.begin() + static_cast<ptrdiff_t>(kept) * obs_size);
    final_rows[kept++] = final_rows[i] - first;
  }
  final_rows.resize(kept);
  final_obs.resize(kept * obs_size);
  if (kept_steps == 0) return;
  std::copy_n(buffer.obs.data() + static_cast<size_t>(first) * buffer.obs_stride,
              static_cast<size_t>(n) * buffer.obs_stride, buffer.obs.data());
  MoveLast(buffer.action, static_cast<size_t>(n) * buffer.action_size);
  MoveLast(buffer.reference, static_cast<size_t>(n) * buffer.reference_size);
  MoveLast(buffer.mask, static_cast<size_t>(n) * buffer.mask_size);
  MoveLast(buffer.paid, n);
  MoveLast(buffer.log_prob, n);
  for (auto* flags : {&buffer.terminated, &buffer.truncated, &buffer.fault}) MoveLast(*flags, n);
}

}  // namespace carrot
