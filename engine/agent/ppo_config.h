// Every setting of a training run of PPO, with its default. Saved with each run and each policy.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/result.h"

namespace carrot {

enum class Activation : uint8_t { kTanh, kRelu };
enum class Anneal : uint8_t { kNone, kLinear };
// What target_kl does: kStop ends the update once approx_kl exceeds 1.5 * target_kl (the minibatch
// that shows it is not applied); kAdaptive divides the learning rate by 1.5 after an iteration
// above 2 * target_kl and multiplies it by 1.5 after one below target_kl / 2.
enum class KlRule : uint8_t { kNone, kStop, kAdaptive };

// The defaults are those of stable-baselines3's PPO with 8 environments (same batch arithmetic),
// plus the normalisation of observations and rewards that its tuned MuJoCo settings use
// (VecNormalize).
struct PpoConfig {
  // Batch: an iteration is num_envs * rollout_steps steps, then `epochs` passes of minibatches.
  int num_envs = 8;          // environments stepped together
  int rollout_steps = 256;   // steps of each environment per iteration
  int minibatch_size = 256;  // rows a gradient step; the batch is split evenly, nothing is dropped
  int epochs = 10;           // passes over the batch
  int64_t total_steps = 1'000'000;  // end of training; annealing reaches 0 there

  // Networks: separate policy and value nets of this shape.
  std::vector<int> hidden = {64, 64};         // units of each hidden layer
  Activation activation = Activation::kTanh;  // of the hidden layers
  double init_log_std = 0.0;                  // continuous actions: initial log standard deviation

  // Objective.
  double gamma = 0.99;              // discount; also used by the reward's potential
  double gae_lambda = 0.95;         // generalised advantage estimation
  double clip_range = 0.2;          // of the probability ratio
  double value_clip = 0.0;          // > 0: clip the value's change to this (0: off)
  double value_coef = 0.5;          // weight of the value loss
  double entropy_coef = 0.0;        // weight of the entropy bonus
  double max_grad_norm = 0.5;       // joint gradient norm is clipped to this (0: off)
  bool normalize_advantage = true;  // per minibatch
  double target_kl = 0.0;           // see kl_rule
  KlRule kl_rule = KlRule::kNone;
  double reference_kl_coef = 0.0;  // weight of KL(policy || reference policy), if one is set

  // Optimiser: Adam.
  double learning_rate = 3e-4;
  Anneal anneal = Anneal::kNone;  // linear: to 0 at total_steps
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.999;
  double adam_eps = 1e-5;

  // Normalisation: running statistics, updated once an iteration, saved with the policy.
  bool normalize_observation = true;
  double observation_clip = 10.0;  // after normalisation
  bool normalize_reward = true;    // divide by the standard deviation of the discounted return
  double reward_clip = 10.0;       // after scaling

  uint64_t seed = 0;  // initial weights, action samples, minibatch order
};

// One setting, for help texts, JSON and command-line overrides. The pointer is into `config`.
struct PpoField {
  const char* name;
  const char* doc;
  std::variant<int*, int64_t*, uint64_t*, double*, bool*, std::vector<int>*, Activation*, Anneal*,
               KlRule*>
      value;
  double low, high;  // allowed range of numbers
};
std::vector<PpoField> PpoFields(PpoConfig& config);

nlohmann::json ToJson(const PpoConfig& config);
// Starts from `base`; keys that are absent keep its values. Unknown keys (with a suggestion), wrong
// types and values out of range are errors (U020).
Result<PpoConfig> PpoConfigFromJson(const nlohmann::json& json, const PpoConfig& base = {});
// Settings that contradict each other (U020). PpoConfigFromJson calls it; after SetPpoField, call
// it.
Status CheckPpoConfig(const PpoConfig& config);
// "learning_rate", "1e-4": one override, as typed on a command line.
Status SetPpoField(PpoConfig& config, const std::string& name, const std::string& text);

}  // namespace carrot
