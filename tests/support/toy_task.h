// A deterministic task and reward in plain C++ for tests of everything that stands on the core
// interfaces: no script engine, no simulator, all field types, and faults on demand.
//
// World: a point in the plane. pos += 0.1 * clamp(action, -1, 1) + noise(seed, step). Terminates
// ("out") at |x| > bound, succeeds at x >= goal. Fields, in StateSpec order:
//   pos f64[2] pose | vel f32[2] | ticks i32 | cells u8[12] | at_goal bool | big f64[80]
//   speed f64 (derived by the task evaluator: |pos - prev.pos|)
// `big` is above 64 numbers, so a trace records it only when asked to.
//
// Reward terms (raw): progress = x - prev.x; effort = |a|^2 (penalty); record (event, uses memory
// `best`); noise (keyed by world seed and step); speed (reads the derived field); big (optional).
// Memory: best (number), trail (vector of the last 2 x). Potential: -gain * |goal - x|.
#pragma once

#include <memory>

#include "engine/core/reward_function.h"
#include "engine/core/task.h"

namespace carrot::testing {

struct ToyTaskOptions {
  int horizon = 50;  // 0: no limit
  double bound = 2.0;
  double goal = 1.5;
  SuccessWhen success_when = SuccessWhen::kAny;
  // The world fails at step `fault_step` of episodes whose world seed % fault_every == 0; 0: never.
  // An action that is NaN makes it fail as well.
  int fault_every = 0;
  int fault_step = 7;
  int spin = 0;  // extra work a step, to look like a dearer simulator
};

struct ToyRewardOptions {
  bool potential = true;
  bool reads_big = false;  // adds the term "big", which reads the large field
  Combine combine = Combine::kSum;
  double clip = 0;          // > 0: stage clip(-clip, clip)
  int non_finite_step = 0;  // the term "noise" is NaN at this step of each episode; 0: never
  int error_step = 0;       // the term "record" fails at this step of each episode; 0: never
  double effort_weight = -0.05;
};

std::shared_ptr<const Task> MakeToyTask(const ToyTaskOptions& options = {});
// Parameter `gain` (default 1) scales `progress` and the potential.
std::shared_ptr<const RewardFunction> MakeToyReward(const ToyRewardOptions& options = {});

// A repeatable action for (env, step, dimension): mostly drifts to the right. f64 [num_envs, 2].
void ToyActions(int num_envs, int64_t step, double* action);

}  // namespace carrot::testing
