// The engine calls of a run and nothing else: no fields, no reward, no recording. Carrot's
// simulation speed is measured against it, in the same process, over the same states.
//
// Usage: run a VectorEnv for some steps with given actions and world seeds, note which envs ended
// at each step, and hand all that to RunBareLoop: it passes through the same states, bit for bit,
// so that both sides simulate the same contacts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "engine/core/world_factory.h"

namespace carrot {

struct BareScript {
  int num_envs = 1;
  int64_t steps = 0;
  std::vector<double> action;         // [rows, num_envs, nu]; step t uses row t % rows
  std::vector<uint64_t> world_seeds;  // as VectorEnvOptions::world_seeds; not empty
  std::vector<uint8_t> ended;         // [steps, num_envs]: 1 if the env was reset after this step
};

struct BareResult {
  double seconds = 0;
  double cpu_seconds = 0;  // of the whole process: what a busy machine does not distort
  int64_t env_steps = 0;
  double final_position = 0;  // SumOfPositions at the end, to prove that the states are the same
};

enum class BareEngine {
  kLoop,   // mj_step by hand, envs shared out over the pool with a barrier after each step
  kBatch,  // MuJoCo's own mjb_* batch API with as many threads
};

// Processor time of this process so far, all threads.
double ProcessCpuSeconds();

// Sum of qpos over all envs of a MuJoCo world (0 for another).
double SumOfPositions(const World& world, int num_envs);

// U003 if `model` is no MuJoCo world; E001 if the engine reports a failed environment.
Result<BareResult> RunBareLoop(const WorldModel& model, const BareScript& script, BareEngine engine,
                               ThreadPool& pool);

}  // namespace carrot
