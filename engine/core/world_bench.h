// How fast a world is by itself: no task, reward, policy or recording. For `carrot bench` and for
// the authors of worlds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/world_factory.h"

namespace carrot {

struct WorldBenchOptions {
  int num_envs = 64;
  int64_t steps = 2'000'000;      // env-steps that are timed, after a tenth of them unmeasured
  int horizon = 0;                // steps after which an episode is restarted; 0: never
  std::vector<std::string> ends;  // flag fields that end an episode
};

struct WorldBenchResult {
  double ns_per_step =
      0;                 // wall time of one env-step: step, publishing, restarts of ended episodes
  int64_t episodes = 0;  // restarted while timed
};

// Steps on one thread with random actions, drawn beforehand: a discrete one uniformly from its
// choices, a continuous one uniformly from its range cut to [-1, 1]. Unknown names in `ends` are a
// programmer error.
WorldBenchResult BenchWorld(const WorldModel& model, const WorldBenchOptions& options);

}  // namespace carrot
