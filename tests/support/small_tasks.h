// Tasks of a few lines for tests that learn: a world that is two functions, observed as it is.
#pragma once

#include <functional>
#include <memory>

#include "engine/base/rng.h"
#include "engine/core/reward_function.h"
#include "engine/core/task.h"

namespace carrot::testing {

struct SmallWorld {
  int state_size = 1;  // field "x" f64 [state_size]: the observation
  int mask_size = 0;   // field "mask" u8 [mask_size], the action mask
  ActionSpec action;
  int horizon = 0;
  // Both write x and mask; `rng` is keyed by the world seed and the step.
  std::function<void(Rng& rng, double* x, uint8_t* mask)> reset;
  // x holds the state before the step; returns the reward and may set done (terminated).
  std::function<double(Rng& rng, const double* action, double* x, uint8_t* mask, bool* done)> step;
  // Whether an episode that is done, in state x, is a success. Not set: it always is.
  std::function<bool(const double* x)> success;
};

std::shared_ptr<const Task> MakeSmallTask(const SmallWorld& world);
// One term: what `step` returned. `learn`: buffer stages.
std::shared_ptr<const RewardFunction> MakeSmallReward(const LearnStages& learn = {});

// Four arms, the third pays 1, the others 0; one-step episodes. x is 1.
SmallWorld Bandit();
// A corridor of 5 cells, one-hot. Right (1) moves on, left (0) goes back to the start; reward 1 at
// the end, which terminates. Memory-free: the state is all there is to know. Horizon 20.
SmallWorld Chain();

}  // namespace carrot::testing
