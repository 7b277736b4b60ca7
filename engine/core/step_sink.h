// StepSink: where recorded steps go (engine/trace implements it). One virtual call a shard.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/core/reward_function.h"
#include "engine/core/task.h"
#include "engine/core/world.h"

namespace carrot {

// A finished episode, as counted by VectorEnv.
struct EpisodeSummary {
  int env = 0;
  int64_t episode = 0;  // per env, from 0
  uint64_t world_seed = 0;
  int length = 0;  // steps
  double episode_return = 0;
  bool success = false;
  bool terminated = false, truncated = false, fault = false;
  std::string cause;              // termination term, "time_limit", "fault"
  std::vector<double> metrics;    // aggregated, by MetricSpec
  std::vector<double> term_sums;  // raw sums over the episode
};

// Columns of the current row of every env; rows are envs. Valid during the call only.
struct StepRows {
  EnvRange envs;
  const int32_t* step = nullptr;  // row's step count; 0 marks a reset row
  const int64_t* episode = nullptr;
  const uint64_t* world_seed = nullptr;
  std::span<void* const> state;    // by StateSpec index
  const double* action = nullptr;  // [num_envs, action size]; 0 on reset rows
  const double* memory = nullptr;  // reward memory [num_envs, width]
  RewardColumns reward;
  const double* metric = nullptr;
};

class StepSink {
 public:
  virtual ~StepSink() = default;
  // Appends the rows of one shard. Called by several workers at once, for disjoint envs. Ended rows
  // carry their flags; a reset row of the next episode follows in a later call with step 0.
  virtual void Append(const StepRows& rows) = 0;
  // At the barrier after the step, one thread: finished episodes in env order.
  virtual void Barrier(std::span<const EpisodeSummary> finished) = 0;
};

}  // namespace carrot
