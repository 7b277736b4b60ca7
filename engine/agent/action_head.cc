#include "engine/agent/action_head.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/base/check.h"

namespace carrot {
namespace {

constexpr float kHalfLogTwoPi = 0.918938533f;

// One dimension of a discrete action: log-probabilities of its choices.
// A masked choice has log-probability -infinity and probability 0.
struct Group {
  int choices;
  const float* logits;
  const uint8_t* mask;  // null: all allowed

  bool allowed(int i) const { return mask == nullptr || mask[i] != 0; }
};

Group MakeGroup(int choices, const float* logits, const uint8_t* mask) {
  if (mask != nullptr && std::none_of(mask, mask + choices, [](uint8_t m) { return m != 0; })) {
    mask = nullptr;
  }
  return {choices, logits, mask};
}

// log of the sum of exponentials over allowed choices.
float LogSumExp(const Group& g) {
  float top = -std::numeric_limits<float>::infinity();
  for (int i = 0; i < g.choices; ++i) {
    if (g.allowed(i)) top = std::max(top, g.logits[i]);
  }
  float sum = 0;
  for (int i = 0; i < g.choices; ++i) {
    if (g.allowed(i)) sum += std::exp(g.logits[i] - top);
  }
  return top + std::log(sum);
}

int Likeliest(const Group& g) {
  int best = -1;
  for (int i = 0; i < g.choices; ++i) {
    if (g.allowed(i) && (best < 0 || g.logits[i] > g.logits[best])) best = i;
  }
  return best;
}

// Inverse of the distribution function; rounding can only end at an allowed choice.
int Draw(const Group& g, float log_sum, double uniform) {
  double below = 0;
  int last = -1;
  for (int i = 0; i < g.choices; ++i) {
    if (!g.allowed(i)) continue;
    last = i;
    below += std::exp(g.logits[i] - log_sum);
    if (uniform < below) break;
  }
  return last;
}

// Of one row; also leaves z = (action - mean) / deviation.
float GaussianLogProb(int size, const float* mean, const float* log_std, const float* inv_std,
                      const float* action, float* z) {
  float sum = 0;
  for (int i = 0; i < size; ++i) {
    z[i] = (action[i] - mean[i]) * inv_std[i];
    sum += -0.5f * z[i] * z[i] - (log_std[i] + kHalfLogTwoPi);
  }
  return sum;
}

void InverseStd(int size, const float* log_std, float* inv_std) {
  CARROT_CHECK(size <= kMostActions);
  for (int i = 0; i < size; ++i) inv_std[i] = 1.0f / std::exp(log_std[i]);
}

// d loss / d log_prob of the clipped objective, and its metrics.
float RatioGradient(float clip_range, float log_ratio, float advantage, LossSums& sums) {
  const float ratio = std::exp(log_ratio);
  const float clipped = std::clamp(ratio, 1.0f - clip_range, 1.0f + clip_range);
  sums.policy -= std::min(ratio * advantage, clipped * advantage);
  sums.kl += (ratio - 1.0f) - log_ratio;
  sums.clipped += std::fabs(ratio - 1.0f) > clip_range ? 1 : 0;
  const bool active = ratio * advantage <= clipped * advantage;
  return active ? -advantage * ratio : 0.0f;
}

// Adds reference_coef * KL(policy || reference) of one row.
void GaussianReference(int size, const PolicyLossSettings& s, const float* mean,
                       const float* log_std, const float* other, float* d_mean, float* d_log_std,
                       LossSums& sums) {
  for (int i = 0; i < size; ++i) {
    const float gap = log_std[i] - s.reference_log_std[i], var_ratio = std::exp(2 * gap);
    const float inv_std = std::exp(-s.reference_log_std[i]), z = (mean[i] - other[i]) * inv_std;
    sums.reference_kl += 0.5f * (var_ratio + z * z - 1.0f) - gap;
    d_mean[i] += s.row_weight * s.reference_coef * z * inv_std;
    d_log_std[i] += s.row_weight * s.reference_coef * (var_ratio - 1.0f);
  }
}

void GaussianLoss(int size, const PolicyLossSettings& s, const PolicyRows& in, const float* head,
                  int stride, const float* log_std, float* d_head, float* d_log_std,
                  LossSums& sums) {
  float inv_std[kMostActions], z[kMostActions];
  InverseStd(size, log_std, inv_std);
  float entropy = 0;
  for (int i = 0; i < size; ++i) entropy += log_std[i] + 0.5f + kHalfLogTwoPi;
  for (int r = 0; r < in.rows; ++r) {
    const float* mean = head + static_cast<size_t>(r) * stride;
    const float* action = in.action + static_cast<size_t>(r) * size;
    float* d_mean = d_head + static_cast<size_t>(r) * stride;
    const float log_prob = GaussianLogProb(size, mean, log_std, inv_std, action, z);
    const float d_log_prob =
        RatioGradient(s.clip_range, log_prob - in.old_log_prob[r], in.advantage[r], sums);
    for (int i = 0; i < size; ++i) {
      d_mean[i] = s.row_weight * d_log_prob * z[i] * inv_std[i];
      d_log_std[i] += s.row_weight * (d_log_prob * (z[i] * z[i] - 1.0f) - s.entropy_coef);
    }
    if (in.reference == nullptr) continue;
    GaussianReference(size, s, mean, log_std, in.reference + static_cast<size_t>(r) * size, d_mean,
                      d_log_std, sums);
  }
  sums.entropy += static_cast<double>(entropy) * in.rows;
}

// Log-probabilities and probabilities of a group; those of masked choices are 0 and never read.
void Softmax(const Group& g, float* log_p, float* p) {
  const float log_sum = LogSumExp(g);
  for (int i = 0; i < g.choices; ++i) {
    log_p[i] = g.allowed(i) ? g.logits[i] - log_sum : 0.0f;
    p[i] = g.allowed(i) ? std::exp(log_p[i]) : 0.0f;
  }
}

// Adds one group's part of entropy and reference KL, and their gradients.
void GroupGradient(const PolicyLossSettings& s, const Group& g, const float* log_p, const float* p,
                   int action, float d_log_prob, const float* reference, float* d_logits,
                   LossSums& sums) {
  float entropy = 0, kl = 0, reference_sum = 0;
  if (reference != nullptr) reference_sum = LogSumExp({g.choices, reference, g.mask});
  const auto gap = [&](int i) { return log_p[i] - (reference[i] - reference_sum); };
  for (int i = 0; i < g.choices; ++i) {
    entropy -= p[i] * log_p[i];
    if (reference != nullptr && g.allowed(i)) kl += p[i] * gap(i);
  }
  for (int i = 0; i < g.choices; ++i) {
    float d = d_log_prob * ((i == action ? 1.0f : 0.0f) - p[i]);
    d += s.entropy_coef * p[i] * (log_p[i] + entropy);
    if (reference != nullptr && g.allowed(i)) d += s.reference_coef * p[i] * (gap(i) - kl);
    d_logits[i] = g.allowed(i) ? s.row_weight * d : 0.0f;
  }
  sums.entropy += entropy;
  sums.reference_kl += kl;
}

void DiscreteLoss(const ActionSpec& spec, const PolicyLossSettings& s, const PolicyRows& in,
                  const float* head, int stride, float* d_head, LossSums& sums) {
  const int size = spec.size(), total = spec.total_choices();
  float log_p[kMostChoices], p[kMostChoices];
  CARROT_CHECK(total <= kMostChoices);
  for (int r = 0; r < in.rows; ++r) {
    const float* logits = head + static_cast<size_t>(r) * stride;
    const float* action = in.action + static_cast<size_t>(r) * size;
    const uint8_t* mask = in.mask == nullptr ? nullptr : in.mask + static_cast<size_t>(r) * total;
    const auto group = [&](int d, int at) {
      return MakeGroup(spec.choices[d], logits + at, mask ? mask + at : nullptr);
    };
    float log_prob = 0;
    for (int d = 0, at = 0; d < size; at += spec.choices[d], ++d) {
      Softmax(group(d, at), log_p + at, p + at);
      log_prob += log_p[at + static_cast<int>(action[d])];
    }
    const float d_log_prob =
        RatioGradient(s.clip_range, log_prob - in.old_log_prob[r], in.advantage[r], sums);
    for (int d = 0, at = 0; d < size; at += spec.choices[d], ++d) {
      const float* reference =
          in.reference ? in.reference + static_cast<size_t>(r) * total + at : nullptr;
      GroupGradient(s, group(d, at), log_p + at, p + at, static_cast<int>(action[d]), d_log_prob,
                    reference, d_head + static_cast<size_t>(r) * stride + at, sums);
    }
  }
}

}  // namespace

void LossSums::Add(const LossSums& other) {
  policy += other.policy;
  value += other.value;
  entropy += other.entropy;
  kl += other.kl;
  reference_kl += other.reference_kl;
  clipped += other.clipped;
}

float SampleAction(const ActionSpec& spec, const float* head, const float* log_std,
                   const uint8_t* mask, Rng* rng, float* out) {
  const int size = spec.size();
  if (spec.kind == ActionSpec::Kind::kContinuous) {
    float inv_std[kMostActions], z[kMostActions];
    InverseStd(size, log_std, inv_std);
    for (int i = 0; i < size; ++i) {
      out[i] = head[i];
      if (rng != nullptr) out[i] += static_cast<float>(rng->Normal()) / inv_std[i];
    }
    return GaussianLogProb(size, head, log_std, inv_std, out, z);
  }
  float log_prob = 0;
  for (int d = 0, at = 0; d < size; at += spec.choices[d], ++d) {
    const Group g = MakeGroup(spec.choices[d], head + at, mask ? mask + at : nullptr);
    const float log_sum = LogSumExp(g);
    const int choice = rng != nullptr ? Draw(g, log_sum, rng->Uniform()) : Likeliest(g);
    out[d] = static_cast<float>(choice);
    log_prob += g.logits[choice] - log_sum;
  }
  return log_prob;
}

float LogProb(const ActionSpec& spec, const float* head, const float* log_std, const uint8_t* mask,
              const float* action) {
  const int size = spec.size();
  if (spec.kind == ActionSpec::Kind::kContinuous) {
    float inv_std[kMostActions], z[kMostActions];
    InverseStd(size, log_std, inv_std);
    return GaussianLogProb(size, head, log_std, inv_std, action, z);
  }
  float log_prob = 0;
  for (int d = 0, at = 0; d < size; at += spec.choices[d], ++d) {
    const Group g = MakeGroup(spec.choices[d], head + at, mask ? mask + at : nullptr);
    log_prob += g.logits[static_cast<int>(action[d])] - LogSumExp(g);
  }
  return log_prob;
}

void PolicyLoss(const ActionSpec& spec, const PolicyLossSettings& settings, const PolicyRows& rows,
                const float* head, int stride, const float* log_std, float* d_head,
                float* d_log_std, LossSums& sums) {
  if (spec.kind == ActionSpec::Kind::kContinuous) {
    GaussianLoss(spec.size(), settings, rows, head, stride, log_std, d_head, d_log_std, sums);
  } else {
    DiscreteLoss(spec, settings, rows, head, stride, d_head, sums);
  }
}

void ValueLoss(int rows, float value_clip, float weight, const float* returns,
               const float* old_value, const float* head, int stride, float* d_head,
               LossSums& sums) {
  for (int r = 0; r < rows; ++r) {
    const float value = head[static_cast<size_t>(r) * stride];
    float error = value - returns[r];
    float slope = 1.0f;
    if (value_clip > 0) {
      const float change = value - old_value[r];
      const float clipped = std::clamp(change, -value_clip, value_clip);
      const float clipped_error = old_value[r] + clipped - returns[r];
      if (clipped_error * clipped_error > error * error) {
        error = clipped_error;
        slope = clipped == change ? 1.0f : 0.0f;
      }
    }
    sums.value += static_cast<double>(error) * error;
    d_head[static_cast<size_t>(r) * stride] = weight * 2.0f * error * slope;
  }
}

}  // namespace carrot
