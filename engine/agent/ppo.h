// Ppo: proximal policy optimisation (Schulman et al. 2017) on columns. The arithmetic is that of
// stable-baselines3's PPO; engine/agent/README.md lists the formulas and every difference.
//
//   auto ppo = Ppo::Create(task->spec(), config, pool);
//   env->Reset();
//   while (!(*ppo)->done()) { PpoMetrics m = (*ppo)->Iterate(*env); ... (*ppo)->policy().Save(...);
//   }
//
// Results depend on config and environments only, never on the pool: the same bits for any number
// of workers, and after Save / Load (with the environments saved at the same barrier).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "engine/agent/policy.h"
#include "engine/agent/ppo_config.h"
#include "engine/agent/rollout_buffer.h"
#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "engine/core/vector_env.h"

namespace carrot {

// One iteration, in standard names. Means over minibatches unless said otherwise.
struct PpoMetrics {
  int64_t iteration = 0;  // from 1
  int64_t step = 0;       // environment steps so far

  double policy_loss = 0, value_loss = 0, entropy = 0;
  double approx_kl = 0;           // mean of (ratio - 1) - log(ratio), last epoch
  double clipfrac = 0;            // share of rows whose ratio left the clip range
  double explained_variance = 0;  // of the returns by the old values; 0 if the returns are constant
  double grad_norm = 0;           // before clipping
  double reference_kl = 0;        // KL(policy || reference), 0 without a reference
  double action_std = 0;          // continuous: mean standard deviation
  double learning_rate = 0;
  int epochs = 0;  // completed (fewer than configured if the KL rule stopped it)

  // Episodes that ended in this iteration, faults left out. Means are 0 if there is none.
  int episodes = 0;
  double episode_return = 0, episode_length = 0, success_rate = 0;
  int faults = 0;                 // episodes that ended by an environment fault
  double reward_mean = 0;         // per step
  LearnSegment segment;           // what was learnt from, and its scale
  std::vector<double> term_sums;  // raw terms, summed over all steps and envs

  // Wall time, seconds. Simulation is VectorEnv::Step: world, task and reward; reward_seconds is
  // the reward's part of it, known only if the VectorEnv profiles. update includes everything from
  // the advantages on.
  int64_t iteration_steps = 0;
  double seconds = 0, simulation_seconds = 0, reward_seconds = 0;
  double inference_seconds = 0, update_seconds = 0;
  double steps_per_second() const;
};
// Wall times sit in one object "timing"; the rest is a function of the run alone.
nlohmann::json ToJson(const PpoMetrics& metrics);

class Ppo {
 public:
  // Fails if config or task cannot be trained on (no observation, malformed mask: T06x, U020).
  // `reward` says what the policy observes beside the task, and is named in saved policies.
  static Result<std::unique_ptr<Ppo>> Create(const TaskSpec& task, const PpoConfig& config,
                                             ThreadPool& pool, const RewardSpec* reward = nullptr);
  ~Ppo();

  // Collects num_envs * rollout_steps steps from where `env` stands (Reset it before the first
  // call), then updates. `env` must be of the task, reward and size given to Create. `after_step`
  // is called after each step, at the barrier (e.g. to count env.finished()).
  PpoMetrics Iterate(VectorEnv& env, const std::function<void(const VectorEnv&)>& after_step = {});

  const Policy& policy() const;
  const PpoConfig& config() const;
  int64_t step() const;
  int64_t iteration() const;
  bool done() const { return step() >= config().total_steps; }

  // Between iterations only.
  // Starts from a saved policy's weights and normalisers (fine-tuning). Fails if the shapes differ.
  Status StartFrom(const Policy& policy);
  // Adds reference_kl_coef * KL(policy || reference) to the loss. Null removes it.
  Status SetReference(std::shared_ptr<const Policy> reference);
  // The reward changed: its scale is learnt anew; networks stay. A row that waits for the next one
  // (stage delta) is dropped.
  void RestartReturnNorm();
  // What the last Iterate learnt from, [steps of metrics.segment, envs]; with delta the first
  // iteration has a row of 0 before them. Recomputed from a recording by RewardLearn.
  std::span<const double> reward_learn() const;

  // The learner's full state: weights, Adam, normalisers, counters. Load fails (I0xx) on damaged
  // bytes or another configuration of networks and batch.
  std::vector<std::byte> Save() const;
  Status Load(std::span<const std::byte> bytes);

 private:
  struct State;
  explicit Ppo(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace carrot
