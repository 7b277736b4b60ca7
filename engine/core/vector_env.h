// VectorEnv: N environments of one task under one reward, stepped on a thread pool by the step
// contract (engine/README.md). Autoreset is Gymnasium's SAME_STEP: when an episode ends, obs() is
// already the first observation of the next one and final_obs() holds the last one of the old.
//
//   auto env = VectorEnv::Create(task, reward, pool, {.num_envs = 8, .seed = 1});
//   (*env)->Reset();
//   while (...) { fill action; (*env)->Step(action); read obs, reward, terminated, truncated }
//
// Results depend on (task, reward, params, seed, env, episode, step) only, never on the pool.
// After warm-up a Step allocates nothing. Not thread-safe: one caller at a time.
#pragma once

#include <cstdint>
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
  double gamma = 0.99;  // for the potential
  int shard_size =
      0;  // envs a shard; 0: chosen by the measured cost of a step. Never changes results.
  bool autoreset = true;  // false: an ended env is frozen (Step passes over it) until ResetEnv
  bool profile = false;   // fill seconds(); costs four clock reads a shard
};

// Where a reward stands in each env's running episode.
struct RewardStanding {
  std::vector<double> memory;  // [N, memory_width]
  std::vector<double> phi;     // [N]; empty without a potential
};

class VectorEnv {
 public:
  // `reward` may be null: there are no terms then, and rewards are 0. `pool` must outlive the
  // VectorEnv.
  static Result<std::unique_ptr<VectorEnv>> Create(std::shared_ptr<const Task> task,
                                                   std::shared_ptr<const RewardFunction> reward,
                                                   ThreadPool& pool, VectorEnvOptions options);
  ~VectorEnv();

  void Reset();            // starts all envs anew; episode counters restart at 0
  void ResetEnv(int env);  // starts the next episode of one env (used with autoreset off)
  // action: f64 [num_envs, action size], handed to the world unclipped.
  void Step(std::span<const double> action);

  // State after the last Reset or Step. Spans stay valid and in place for the VectorEnv's life
  // (terms and memory: until SwapReward).
  std::span<const double> obs() const { return obs_; }              // [N, observation_size()]
  std::span<const double> final_obs() const { return final_obs_; }  // valid for rows that ended
  std::span<const double> reward() const { return reward_; }        // [N]
  std::span<const double> terms() const { return term_; }  // [N, terms], unweighted, of this step
  std::span<const double> phi() const { return phi_; }     // [N]; empty without a potential
  std::span<const uint8_t> terminated() const { return terminated_; }
  std::span<const uint8_t> truncated() const {
    return truncated_;
  }  // both set: treat as terminated
  std::span<const uint8_t> fault() const { return fault_; }
  std::span<const uint8_t> flags() const { return flags_; }  // RowFlag bits of this step
  std::span<const int32_t> step() const { return step_; }    // 0 right after an autoreset
  std::span<const int64_t> episode() const { return episode_; }
  std::span<const uint64_t> world_seed() const { return world_seed_; }
  // Episodes that ended in the last Step, in env order; valid until the next Step.
  std::span<const EpisodeSummary> finished() const { return {finished_.data(), num_finished_}; }

  const Task& task() const { return *task_; }
  const RewardFunction* reward_function() const { return reward_fn_.get(); }
  int num_envs() const { return options_.num_envs; }
  // Of the task, and of what the reward lets the policy observe.
  int observation_size() const { return obs_size_; }
  const StateBatch& state() const { return batch_; }
  StateBatch& mutable_state() { return batch_; }  // tests and parity only
  World& world() { return *world_; }
  std::span<const double> memory() const { return memory_; }  // reward memory [N, memory_width]

  // At a barrier (between Steps) only.
  void SetSink(StepSink* sink) { sink_ = sink; }  // set before Reset to receive the first rows
  void SetWeights(RewardWeights weights);         // size must match the reward's terms
  const RewardWeights& weights() const { return weights_; }
  void SetRewardParams(std::span<const double> values);
  // Another reward from the next Step on, with the script's own weights and parameters (set others
  // next). Fails without any change. `standing` continues the running episodes as if the reward had
  // paid them from row 0 on (rewards/analysis/running_episodes.h). terms(), memory() and finished()
  // change; term sums of running episodes restart. A sink that records terms or memory of the old
  // reward must be replaced first.
  Status SwapReward(std::shared_ptr<const RewardFunction> reward, const RewardStanding& standing);
  // After writing a state into the world and mutable_state() by hand (parity): makes the current
  // row of `env` row 0 of its episode.
  void RestartFromState(int env);
  // Run-time errors of task and reward scripts and world faults since the last call, grouped.
  Diagnostics TakeErrors();

  // One env as bytes: world, both state rows, task and reward memory, counters, episode sums.
  // Restores exactly into any VectorEnv of the same task and reward (T010 otherwise).
  std::vector<std::byte> Save(int env) const;
  Status Load(int env, std::span<const std::byte> bytes);

  // Seconds summed over workers since construction, if options.profile.
  struct Seconds {
    double world = 0, task = 0, reward = 0, record = 0;
  };
  Seconds seconds() const;

 private:
  struct Worker;  // evaluators and clocks of one worker
  VectorEnv(std::shared_ptr<const Task> task, std::shared_ptr<const RewardFunction> reward,
            ThreadPool& pool, VectorEnvOptions options);
  void ForShards(FunctionRef<void(EnvRange, Worker&)> body);
  void ChooseShards(double seconds);
  void StepShard(EnvRange envs, Worker& worker, const double* action);
  void StepActive(EnvRange envs, Worker& worker, const double* action);
  void EvaluateRows(EnvRange envs, Worker& worker, const double* action);
  void KeepPotential(EnvRange envs);  // phi becomes the next step's phi_prev
  void CloseRow(int env);
  void BeginEpisodes(EnvRange envs, Worker& worker, bool reset_world);
  void Accumulate(int env);
  void Observe(int env, double* out) const;  // the policy's input, from the current row
  void CollectFinished();
  uint64_t WorldSeed(int env, int64_t episode) const;
  void SizeRewardColumns();
  TransitionBatch Rows(EnvRange envs, const double* action, std::vector<double>& memory);
  void Record(EnvRange envs, const double* action, const RewardColumns& reward,
              const double* metric);
  // Visits everything of one env but world and state rows, with a reader or a writer of bytes.
  template <typename Visitor, typename Self>
  static void VisitEnv(Self& self, int env, Visitor& visitor);
  RewardColumns StepColumns();
  RewardColumns ResetColumns();

  std::shared_ptr<const Task> task_;
  std::shared_ptr<const RewardFunction> reward_fn_;
  ThreadPool& pool_;
  VectorEnvOptions options_;
  std::unique_ptr<World> world_;
  StateBatch batch_;
  std::vector<std::unique_ptr<Worker>> workers_;
  StepSink* sink_ = nullptr;
  RewardWeights weights_;
  int num_terms_ = 0, num_metrics_ = 0, obs_size_ = 0, action_size_ = 0, reward_memory_ = 0;
  int shard_size_ = 0;
  int calibration_steps_ = 0;
  double calibration_seconds_ = 0;

  // Columns, one row an env.
  std::vector<double> obs_, final_obs_, reward_, total_, phi_, phi_prev_, term_, metric_, memory_,
      task_memory_;
  std::vector<uint8_t> terminated_, truncated_, fault_, success_, flags_, frozen_, ended_;
  std::vector<int16_t> cause_;
  std::vector<int32_t> step_, ended_step_;
  std::vector<int64_t> episode_;
  std::vector<uint64_t> world_seed_;
  // What a reset row is recorded with; kept apart because the learner still reads the ended step's
  // row.
  std::vector<double> reset_term_, reset_total_, reset_reward_, reset_metric_, reset_action_;
  std::vector<uint8_t> reset_flags_;

  std::vector<EpisodeSummary> running_;   // sums of each env's episode in progress
  std::vector<EpisodeSummary> closed_;    // by env: the episode that ended in this step
  std::vector<EpisodeSummary> finished_;  // closed_ of ended envs, packed
  size_t num_finished_ = 0;
  Diagnostics fault_errors_;
};

}  // namespace carrot
