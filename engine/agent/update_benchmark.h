// What a PPO update costs, against the matrix products that it cannot do without.
#pragma once

#include "engine/agent/ppo_config.h"
#include "engine/base/thread_pool.h"

namespace carrot {

struct UpdateBenchmark {
  double update_us = 0;     // per environment step and core: all epochs, whole update
  double products_us = 0;   // the same matrix products alone, on one core: the bound
  double inference_us = 0;  // policy and value of one row, in tiles of 8, one core
  double fraction_of_bound() const { return update_us > 0 ? products_us / update_us : 0; }
  double gflops = 0;         // of the products alone
  const char* kernels = "";  // which build was chosen
};

// Times synthetic batches of config's shape for about `seconds`; best of the repetitions.
// Continuous actions.
UpdateBenchmark MeasureUpdate(int observations, int actions, const PpoConfig& config,
                              ThreadPool& pool, double seconds = 1.0);

}  // namespace carrot
