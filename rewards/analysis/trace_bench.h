// Measurements for `carrot bench` and the tests: plain numbers, no printing. Times are the best of
// the repeats (other work on the machine only ever adds).
#pragma once

#include <cstdint>
#include <memory>

#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "engine/core/reward_function.h"
#include "engine/core/task.h"
#include "engine/trace/trace.h"

namespace carrot {

struct ReweightBench {
  int64_t rows = 0;
  int terms = 0;
  double seconds = 0;         // one Reweight of all rows of a live trace
  double mapped_seconds = 0;  // the same with each term a column of its own, as in a folder
  double ns_per_row = 0;
  double read_seconds = 0;  // baseline: reading the same columns once, one worker
};
// Synthetic recording of `rows` rows and `terms` random terms.
ReweightBench BenchReweight(int64_t rows, int terms, ThreadPool& pool, int repeats = 5);

struct RescoreBench {
  int64_t rows = 0;
  double seconds = 0;
  double ns_per_row = 0;  // wall time over all workers
};
// Evaluates the reward over a recording with its own settings.
Result<RescoreBench> BenchRescore(const Trace& trace, const StateSpec& state,
                                  const RewardFunction& reward, ThreadPool& pool, int repeats = 3);

struct AppendBench {
  int64_t rows = 0;
  size_t row_bytes = 0;
  double ns_per_row = 0;  // Append and Barrier, ring mode, one worker
  double copy_ns = 0;     // baseline: memcpy of as many bytes a row to a ring of the same size
};
// Cost of recording one env-step of this task and reward (reward may be null), without simulation.
AppendBench BenchAppend(const Task& task, const RewardFunction* reward, int num_envs,
                        int64_t steps);

}  // namespace carrot
