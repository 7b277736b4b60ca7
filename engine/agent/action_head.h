// From the policy net's outputs to actions, log-probabilities and the gradient of the loss.
//
// Continuous: outputs are means of independent normals, log_std is a parameter of its own.
// Discrete: the outputs are logits, one group per action dimension; masked choices have probability
// exactly 0. If a mask allows no choice of a dimension, it is ignored there. All arithmetic in f32,
// sums over rows in f64.
#pragma once

#include <cstdint>

#include "engine/agent/policy.h"
#include "engine/base/rng.h"
#include "engine/core/action_spec.h"

namespace carrot {

inline constexpr int kMostActions = 256;   // dimensions of an action
inline constexpr int kMostChoices = 4096;  // logits over all dimensions

// Draws an action into out (f32) and returns its log-probability. rng null: the mean or likeliest.
float SampleAction(const ActionSpec& spec, const float* head, const float* log_std,
                   const uint8_t* mask, Rng* rng, float* out);

// log-probability of an action.
float LogProb(const ActionSpec& spec, const float* head, const float* log_std, const uint8_t* mask,
              const float* action);

// Rows of one block of a minibatch; columns are packed.
struct PolicyRows {
  int rows = 0;
  const float* action = nullptr;        // [rows, action size]
  const float* old_log_prob = nullptr;  // [rows]
  const float* advantage = nullptr;     // [rows]
  const uint8_t* mask = nullptr;        // [rows, total_choices] or null
  const float* reference = nullptr;     // [rows, head size] or null
};
struct PolicyLossSettings {
  float clip_range = 0.2f, entropy_coef = 0, reference_coef = 0;
  float row_weight = 1;  // 1 / rows of the minibatch
  const float* reference_log_std = nullptr;
};
// Sums over rows, not yet divided.
struct LossSums {
  double policy = 0, value = 0, entropy = 0, kl = 0, reference_kl = 0;
  int clipped = 0;
  void Add(const LossSums& other);
};

// Loss of a row: -min(r A, clip(r) A) - entropy_coef H + reference_coef KL(policy || reference),
// with r = exp(log_prob - old_log_prob). Writes d loss / d head (times row_weight) to d_head and
// adds d loss / d log_std to d_log_std. head and d_head: [rows, stride]; padding of d_head is left
// alone.
void PolicyLoss(const ActionSpec& spec, const PolicyLossSettings& settings, const PolicyRows& rows,
                const float* head, int stride, const float* log_std, float* d_head,
                float* d_log_std, LossSums& sums);

// Loss of a row: (v - R)^2; with value_clip > 0 the larger of that and (clip(v) - R)^2, where clip
// keeps v within value_clip of old_value (as in OpenAI baselines). Gradients are times `weight`.
void ValueLoss(int rows, float value_clip, float weight, const float* returns,
               const float* old_value, const float* head, int stride, float* d_head,
               LossSums& sums);

}  // namespace carrot
