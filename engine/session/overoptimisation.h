// The over-optimisation curve of a training run: true success over proxy return as the policy moves
// away from where it started. A reward that is a good proxy raises both; where it is gamed, success
// turns down while the return goes on. Computed from a run folder alone: its checkpoints and the
// recordings of their evaluations.
//
// Distance is KL(policy || reference) of the actions in the states that the checkpoint itself
// visited in its evaluation (Gao, Schulman, Hilton 2023 plot gold against proxy reward over it).
// The reference is the policy that training began with, which the seed determines.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "engine/core/task.h"
#include "engine/session/train.h"
#include "rewards/analysis/intervals.h"

namespace carrot {

struct CheckpointPoint {
  int64_t step = 0;
  std::filesystem::path policy, trace;
  int64_t episodes = 0;     // finished, without faults
  double step_kl = 0;       // mean over steps, nats
  double episode_kl = 0;    // mean over episodes of the sum over steps, nats
  Interval episode_return;  // of the training reward; bootstrap
  Interval success;         // Wilson
};
struct OveroptimisationCurve {
  std::vector<CheckpointPoint> points;  // by step
  std::string reference;                // what KL is measured from, in words
  int peak = -1;                        // the point of most success (the first of equals)
  // Success at the end is below its peak (95 % intervals apart) while the return is not below that
  // at the peak.
  bool overoptimised = false;
};

// I001: the run has no evaluated checkpoint (train with --eval-every). I009: its recordings lack an
// observed field. Others: as Policy::Load and OpenTrace.
Result<OveroptimisationCurve> MeasureOveroptimisation(const std::filesystem::path& run,
                                                      std::shared_ptr<const Task> task,
                                                      const PpoConfig& ppo, ThreadPool& pool);

// What an action is drawn from: means and log standard deviations, or logits of which the mask may
// rule some out (null: none; a dimension without any allowed choice ignores it).
struct ActionDistribution {
  const float* head = nullptr;
  std::span<const float> log_std;
};
// KL(p || q) in nats.
double ActionKl(const ActionSpec& action, const ActionDistribution& p, const ActionDistribution& q,
                const uint8_t* mask = nullptr);

}  // namespace carrot
