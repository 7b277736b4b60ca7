// Evaluation: episodes of one actor under one reward, and the matrix of rewards x policies x seeds.
// Nothing is printed. Results depend on task, reward, policy and seed only, never on the pool.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/rng.h"
#include "engine/base/thread_pool.h"
#include "engine/core/step_sink.h"
#include "engine/core/task.h"
#include "engine/session/actor.h"

namespace carrot {

struct EvaluateOptions {
  int episodes = 16;
  uint64_t seed = 0;
  RngDomain domain = RngDomain::kEvalEpisode;  // of the world seeds
  bool stochastic = false;
  int64_t max_steps = 0;  // > 0: an episode is given up after so many steps
  double gamma = 0.99;    // for the potential
  // Empty: the script's own.
  std::vector<double> weights, params;
  std::optional<double> potential_weight;
  // If set, called with the VectorEnv's shape to make a recorder that outlives the evaluation.
  std::function<StepSink*(int num_envs)> sink;
  const std::atomic<bool>* cancel = nullptr;  // checked every step
  std::function<void(int finished_episodes)> progress;
};

// One term over all counted steps (no fault rows).
struct TermTotals {
  double weight = 0;
  double sum = 0, sum_sq = 0;  // raw values
  double magnitude = 0;        // sum of |weight * value|
  int64_t active = 0;          // steps with a non-zero value
  double low = 0, high = 0;
};

struct EvaluateResult {
  std::vector<EpisodeSummary> episodes;  // finished, in the order (round, env); faults included
  std::vector<TermTotals> terms;         // by the reward's terms
  std::optional<TermTotals> shaping;     // what its potential adds, if it has one
  int64_t steps = 0;                     // counted steps
  int faults = 0;
  int cut = 0;               // episodes that max_steps ended; they are not in `episodes`
  bool interrupted = false;  // cancelled: `episodes` holds those that had finished
  double seconds = 0;
  Diagnostics errors;  // run-time errors of scripts and worlds
};

// `reward` may be null. Fails only if nothing can run; script errors are in the result.
Result<EvaluateResult> Evaluate(std::shared_ptr<const Task> task,
                                std::shared_ptr<const RewardFunction> reward, Actor& actor,
                                ThreadPool& pool, const EvaluateOptions& options);

}  // namespace carrot
