// Training speed, learning included, beside the bound of the same run: bare simulation plus the
// matrix products of the update.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace carrot {

struct TrainingSpeedOptions {
  std::string task = "hopper";
  std::string reward = "gym";
  int threads = 2;
  int iterations = 40;  // timed, of 2,048 steps each; a few before them are not
};

struct TrainingSpeed {
  double steps_per_second = 0;
  double bound_per_second =
      0;  // the worlds' own time + the update's products, spread over the threads
  // Shares of the wall time. Simulation holds world, task terms, reward and observations; reward is
  // a part of it.
  double simulation = 0, reward = 0, inference = 0, update = 0;
};

Result<TrainingSpeed> MeasureTrainingSpeed(const TrainingSpeedOptions& options);

}  // namespace carrot
