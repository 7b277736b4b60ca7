// Simulation speed of a MuJoCo task as Carrot runs it (fields, reward, termination, recording of
// every row into a memory ring) against the bare engine calls over the same states, in the same
// process.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/result.h"

namespace carrot {

struct SimulationSpeedOptions {
  std::string task = "hopper";
  std::string reward = "gym";
  int num_envs = 16;
  int threads = 1;
  int rounds = 9;  // each runs Carrot, the bare loop and the batch API once, one after another
  double round_seconds = 0.3;  // of Carrot's part, about
};

struct SimulationSpeed {
  SimulationSpeedOptions options;
  int64_t steps_per_round = 0;  // env-steps
  double steps_per_second = 0;  // Carrot: env-steps, median of the rounds
  double bare_per_second = 0;   // mj_step by hand
  double batch_per_second = 0;  // MuJoCo's mjb_* batch API
  double bare_ratio = 0;        // Carrot / bare loop, median of the rounds' ratios
  double batch_ratio = 0;       // Carrot / batch API
  double cpu_ratio =
      0;  // processor time of the bare loop / Carrot's: use it when others use the machine
  double ratio_low = 0, ratio_high = 0;  // quartiles of bare_ratio over the rounds
  bool same_states = false;  // all three ended every round in the same state, bit for bit
};

// Errors: those of loading, and U003 if the task is not a MuJoCo task.
Result<SimulationSpeed> MeasureSimulationSpeed(const SimulationSpeedOptions& options);

}  // namespace carrot
