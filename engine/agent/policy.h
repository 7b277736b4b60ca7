// Policy: what acts. Actor and critic networks, the observation normaliser and the meaning of
// inputs and outputs; made fresh or read from a `<name>.policy` folder.
//
//   auto policy = Policy::Load("runs/hopper-gym-0001/policies/000204800.policy");
//   policy->Infer(pool, {.rows = 8, .obs = env.obs().data()}, {.action = actions.data()});
//   policy->ClipToRange(actions);
//
// Inference runs in tiles of 8 rows; a row's bits depend on that row only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "engine/agent/aligned_floats.h"
#include "engine/agent/mlp.h"
#include "engine/agent/ppo_config.h"
#include "engine/agent/running_norm.h"
#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "engine/core/action_spec.h"
#include "engine/core/task.h"

namespace carrot {

// Everything that must agree between a policy and the task it acts in.
struct PolicySpec {
  int observation_size = 0;
  ActionSpec action;
  std::vector<std::string>
      observation_names;  // one per input: "qvel[2]", "cell[0]=3"; may be empty
  // The last inputs that are not the task's but the reward's memory: "m.u=has_key".
  std::vector<std::string> observed;
  std::vector<int> hidden = {64, 64};
  Activation activation = Activation::kTanh;
  std::string task, task_hash, reward_hash;  // where it was trained; "" if unknown

  // Outputs of the policy net: action means, or logits.
  int head_size() const {
    return action.kind == ActionSpec::Kind::kContinuous ? action.size() : action.total_choices();
  }
};

// With a reward: the policy also sees what the reward lets it observe.
PolicySpec MakePolicySpec(const TaskSpec& task, const PpoConfig& config,
                          const RewardSpec* reward = nullptr);

// Index of the task's action-mask field (u8 or bool, one per choice), or -1.
// A mask of the wrong type or size is an error (T060).
Result<int> FindActionMask(const TaskSpec& task);

// Rows to act on. Row r's draws come from Rng(keys[r]): the caller names the purpose, e.g.
// Key(seed, RngDomain::kPolicy, env, episode, step).
struct PolicyInput {
  int rows = 0;
  const double* obs = nullptr;  // [rows, observation_size], raw
  const uint8_t* mask =
      nullptr;  // discrete: [rows, total_choices], 0 = not allowed; null: all allowed
  const uint64_t* keys = nullptr;  // [rows]: sample; null: the mean action or the likeliest choice
  int obs_stride = 0;              // numbers from row to row of obs; 0: observation_size
};
// Any pointer may be null.
struct PolicyOutput {
  double* action = nullptr;     // [rows, action size], not clipped
  float* log_prob = nullptr;    // [rows], of that action, summed over dimensions
  float* head = nullptr;        // [rows, head_size]: means or (masked) logits
  float* value = nullptr;       // [rows], in units of the normalised reward
  float* normalized = nullptr;  // [rows, observation_stride()]: the nets' input
};

class Policy {
 public:
  Policy() = default;
  // Orthogonal weights (hidden sqrt(2), policy head 0.01, value head 1), zero biases; a function of
  // seed.
  Policy(PolicySpec spec, uint64_t seed, double init_log_std = 0.0);

  // Reads a folder written by Save. Errors are I0xx diagnostics.
  static Result<Policy> Load(const std::filesystem::path& folder);
  // Writes the folder (into a temporary one beside it, then renamed). `extra` is stored under
  // "training". The layout is described in engine/agent/README.md.
  Status Save(const std::filesystem::path& folder, const nlohmann::json& extra) const;
  Status Save(const std::filesystem::path& folder) const;

  const PolicySpec& spec() const { return spec_; }
  // An error if observation size or actions differ from the task's (T061).
  Status CheckFits(const TaskSpec& task) const;
  // A policy that observes a reward's memory acts only under rewards that let it see the same
  // (T063); one that observes none acts under any. `reward` may be null.
  Status CheckFits(const RewardSpec* reward) const;

  // Thread-safe. Fewer than 16 rows run on the calling thread alone. Allocates nothing after the
  // first call of a thread.
  void Infer(ThreadPool& pool, const PolicyInput& in, const PolicyOutput& out) const;
  // Values of inputs that are already normalised: x is [rows, observation_stride()].
  void InferValues(ThreadPool& pool, int rows, const float* x, float* value) const;
  // Clamps continuous actions [rows, action size] to the action range in place; no-op for discrete
  // ones.
  void ClipToRange(std::span<double> action) const;

  int observation_stride() const { return policy_net_.input_stride(); }
  const RunningNorm& observation_norm() const { return observation_norm_; }
  std::span<const float> log_std() const;  // continuous: one per dimension
  std::string WeightHash() const;          // and of `observed`

  // The parts, for the learner and for tests; they change only between calls of Infer.
  const Mlp& policy_net() const { return policy_net_; }
  const Mlp& value_net() const { return value_net_; }
  // [policy net | log_std, padded to 16 | value net], padded as in mlp.h
  std::span<const float> parameters() const { return parameters_.span(); }
  std::span<float> mutable_parameters() { return parameters_.span(); }
  size_t log_std_at() const { return log_std_at_; }
  size_t value_at() const { return value_at_; }
  RunningNorm& mutable_observation_norm() { return observation_norm_; }
  const RunningNorm& return_norm() const {
    return return_norm_;
  }  // size 1: of the discounted return
  RunningNorm& mutable_return_norm() { return return_norm_; }
  // clip <= 0: the nets see the observations as they are.
  void SetObservationClip(double clip) { observation_clip_ = clip; }
  double observation_clip() const { return observation_clip_; }

 private:
  void InferTile(const PolicyInput& in, const PolicyOutput& out, int begin, int rows) const;
  void Normalize(const double* obs, float* out) const;

  PolicySpec spec_;
  Mlp policy_net_, value_net_;
  AlignedFloats parameters_;
  size_t log_std_at_ = 0, value_at_ = 0;
  RunningNorm observation_norm_;
  double observation_clip_ = 10.0;
  RunningNorm return_norm_{1};
};

}  // namespace carrot
