// VectorEnv: N environments of one task under one reward, stepped on a thread pool by the step contract
// (engine/README.md). Autoreset is Gymnasium's SAME_STEP: when an episode ends, obs() is already the
// first observation of the next one and final_obs() holds the last one of the old.
//
//   auto env = VectorEnv::Create(task, reward, pool, {.num_envs = 8, .seed = 1});
//   (*env)->Reset();
//   while (...) { fill action; (*env)->Step(action); read obs, reward, terminated, truncated }
//
// Results depend on (task, reward, params, seed, env, episode, step) only, never on the pool.
// After warm-up a Step allocates nothing. Not thread-safe: one caller at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/rng.h"
#include "engine/base/thread_pool.h"
#include "engine/core/reward_function.h"
#include "engine/core/state_batch.h"
#include "engine/core/step_sink.h"
#include "engine/core/task.h"

namespace carrot {

struct VectorEnvOptions {
  int num_envs = 1;
  uint64_t seed = 0;
  RngDomain seed_domain = RngDomain::kRunEpisode;
  // If not empty: env i's episode e uses world_seeds[(i + e * num_envs) % size] itself (parity).
  std::vector<uint64_t> world_seeds;
  double gamma = 0.99;      // for the potential
  int shard_size = 0;       // envs a shard; 0 chooses. Never changes results.
  bool autoreset = true;    // false: an ended env stays as it is (steps on it are ignored) until ResetEnv
};

class VectorEnv {
 public:
  // `reward` may be null (reward and terms are then absent, 0). `pool` must outlive the VectorEnv.
  static Result<std::unique_ptr<VectorEnv>> Create(std::shared_ptr<const Task> task,
                                                   std::shared_ptr<const RewardFunction> reward,
                                                   ThreadPool& pool, VectorEnvOptions options);
  ~VectorEnv();

  // Starts all envs anew; episode counters restart at 0.
  void Reset();
  // Starts the next episode of one env (used with autoreset off).
  void ResetEnv(int env);
  // action: f64 [num_envs, action size], handed to the world unclipped.
  void Step(std::span<const double> action);

  // State after the last Reset/Step. Spans stay valid and in place for the VectorEnv's life.
  std::span<const double> obs() const { return obs_; }              // [N, observation_size]
  std::span<const double> final_obs() const { return final_obs_; }  // valid for rows that ended
  std::span<const double> reward() const { return reward_; }        // [N]
  std::span<const double> terms() const { return term_; }           // [N, terms], unweighted, of this step
  std::span<const uint8_t> terminated() const { return terminated_; }
  std::span<const uint8_t> truncated() const { return truncated_; }  // both set: treat as terminated
  std::span<const uint8_t> fault() const { return fault_; }
  std::span<const uint8_t> flags() const { return flags_; }         // RowFlag bits of this step
  std::span<const int32_t> step() const { return step_; }           // 0 right after an autoreset
  std::span<const int64_t> episode() const { return episode_; }
  // Episodes that ended in the last Step, in env order.
  std::span<const EpisodeSummary> finished() const { return finished_; }

  const Task& task() const { return *task_; }
  const RewardFunction* reward_function() const { return reward_fn_.get(); }
  int num_envs() const { return options_.num_envs; }
  const StateBatch& state() const { return batch_; }
  StateBatch& mutable_state() { return batch_; }   // tests and parity only
  World& world() { return *world_; }
  std::span<const double> memory() const { return memory_; }

  // At a barrier (between Steps) only.
  void SetSink(StepSink* sink) { sink_ = sink; }
  void SetWeights(RewardWeights weights);           // size must match the reward's terms
  const RewardWeights& weights() const { return weights_; }
  void SetRewardParams(std::span<const double> values);
  // Run-time errors of task and reward scripts and world faults since the last call, grouped.
  Diagnostics TakeErrors();

  // One env as bytes: world, both state rows, task and reward memory, counters, episode sums. Restores
  // exactly into any VectorEnv of the same task and reward (hashes are checked: T0xx).
  std::vector<std::byte> Save(int env) const;
  Status Load(int env, std::span<const std::byte> bytes);


 private:
  struct Worker;   // evaluators of one worker
  VectorEnv(std::shared_ptr<const Task> task, std::shared_ptr<const RewardFunction> reward,
            ThreadPool& pool, VectorEnvOptions options);
  void StepShard(EnvRange envs, Worker& worker, const double* action);
  void BeginEpisode(int env, Worker& worker);
  void FinishEpisode(int env);
  uint64_t WorldSeed(int env, int64_t episode) const;
  TransitionBatch Rows(EnvRange envs, const double* action, double* memory) const;
  RewardColumns Columns();
  TaskColumns Outcomes();
  void Record(EnvRange envs, const double* action);

  std::shared_ptr<const Task> task_;
  std::shared_ptr<const RewardFunction> reward_fn_;
  ThreadPool& pool_;
  VectorEnvOptions options_;
  std::unique_ptr<World> world_;
  StateBatch batch_;
  std::vector<std::unique_ptr<Worker>> workers_;
  StepSink* sink_ = nullptr;
  RewardWeights weights_;
  int num_terms_ = 0, num_metrics_ = 0, obs_size_ = 0, action_size_ = 0;

  // Columns, one row an env.
  std::vector<double> obs_, final_obs_, reward_, total_, phi_, phi_prev_, term_, metric_, memory_,
      task_memory_, zero_action_;
  std::vector<uint8_t> terminated_, truncated_, fault_, success_, flags_, ended_;
  std::vector<int16_t> cause_;
  std::vector<int32_t> step_;
  std::vector<int64_t> episode_;
  std::vector<uint64_t> world_seed_;
  std::vector<EpisodeSummary> running_;    // sums of the episode in progress
  std::vector<EpisodeSummary> finished_, finished_slots_;
  Diagnostics errors_;
};

}  // namespace carrot
