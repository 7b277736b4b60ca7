#include "tests/engine/agent/reference_ppo.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace carrot::testing {
namespace {

using Vector = std::vector<double>;

// Activations of each layer, the input first.
std::vector<Vector> Forward(const Mlp& net, const double* parameters, Vector x) {
  std::vector<Vector> outs = {std::move(x)};
  for (const DenseLayer& layer : net.layers()) {
    Vector y(layer.out);
    const bool last = &layer == &net.layers().back();
    for (int o = 0; o < layer.out; ++o) {
      double sum = parameters[layer.bias + o];
      for (int i = 0; i < layer.in; ++i) {
        sum += outs.back()[i] * parameters[layer.weight + i * layer.out_pad + o];
      }
      const bool tanh = net.activation() == Activation::kTanh;
      y[o] = last ? sum : tanh ? std::tanh(sum) : std::max(0.0, sum);
    }
    outs.push_back(std::move(y));
  }
  return outs;
}

void Backward(const Mlp& net, const double* parameters, const std::vector<Vector>& outs, Vector d,
              double* gradient) {
  for (size_t l = net.layers().size(); l-- > 0;) {
    const DenseLayer& layer = net.layers()[l];
    Vector d_in(layer.in);
    for (int o = 0; o < layer.out; ++o) {
      gradient[layer.bias + o] += d[o];
      for (int i = 0; i < layer.in; ++i) {
        const size_t at = layer.weight + i * layer.out_pad + o;
        gradient[at] += outs[l][i] * d[o];
        d_in[i] += parameters[at] * d[o];
      }
    }
    for (int i = 0; i < layer.in && l > 0; ++i) {
      const double h = outs[l][i];
      d_in[i] *= net.activation() == Activation::kTanh ? 1 - h * h : (h > 0 ? 1 : 0);
    }
    d = std::move(d_in);
  }
}

// log-probability, entropy and KL to the reference with their gradients by output and by log_std.
struct Head {
  double log_prob = 0, entropy = 0, kl = 0;
  Vector d_log_prob, d_entropy, d_kl;              // by output
  Vector d_log_prob_std, d_entropy_std, d_kl_std;  // by log_std
};

Head Gaussian(const Vector& mean, const double* log_std, const float* action,
              const float* other_mean, const float* other_log_std) {
  Head h;
  for (size_t i = 0; i < mean.size(); ++i) {
    const double std = std::exp(log_std[i]), z = (action[i] - mean[i]) / std;
    h.log_prob += -z * z / 2 - log_std[i] - std::log(2 * std::numbers::pi) / 2;
    h.entropy += log_std[i] + std::log(2 * std::numbers::pi * std::numbers::e) / 2;
    h.d_log_prob.push_back(z / std);
    h.d_log_prob_std.push_back(z * z - 1);
    h.d_entropy.push_back(0);
    h.d_entropy_std.push_back(1);
    if (other_mean == nullptr) continue;
    const double other = std::exp(static_cast<double>(other_log_std[i]));
    const double gap = mean[i] - other_mean[i];
    h.kl += std::log(other / std) + (std * std + gap * gap) / (2 * other * other) - 0.5;
    h.d_kl.push_back(gap / (other * other));
    h.d_kl_std.push_back(-1 + std * std / (other * other));
  }
  return h;
}

Vector Softmax(const double* logits, const uint8_t* mask, int n) {
  Vector p(n);
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += p[i] = mask && !mask[i] ? 0 : std::exp(logits[i]);
  for (double& x : p) x /= sum;
  return p;
}

Head Categorical(const ActionSpec& spec, const Vector& logits, const uint8_t* mask,
                 const float* action, const float* other) {
  Head h;
  for (int d = 0, at = 0; d < spec.size(); at += spec.choices[d], ++d) {
    const int n = spec.choices[d], chosen = static_cast<int>(action[d]);
    const uint8_t* m = mask ? mask + at : nullptr;
    const Vector p = Softmax(&logits[at], m, n);
    Vector q;
    if (other != nullptr) q = Softmax(Vector(other + at, other + at + n).data(), m, n);
    double entropy = 0, kl = 0;
    for (int i = 0; i < n; ++i) {
      if (p[i] == 0) continue;
      entropy -= p[i] * std::log(p[i]);
      if (other != nullptr) kl += p[i] * std::log(p[i] / q[i]);
    }
    h.log_prob += std::log(p[chosen]);
    h.entropy += entropy;
    h.kl += kl;
    for (int i = 0; i < n; ++i) {
      const double log_p = p[i] > 0 ? std::log(p[i]) : 0;
      h.d_log_prob.push_back((i == chosen ? 1.0 : 0.0) - p[i]);
      h.d_entropy.push_back(-p[i] * (log_p + entropy));
      h.d_kl.push_back(other && p[i] > 0 ? p[i] * (std::log(p[i] / q[i]) - kl) : 0);
    }
  }
  return h;
}

}  // namespace

ReferenceLoss ReferencePpo(const Policy& policy, const Vector& parameters,
                           const RolloutBuffer& buffer, const std::vector<int>& rows,
                           const PpoConfig& config, const Policy* reference) {
  const ActionSpec& spec = policy.spec().action;
  const double* log_std = parameters.data() + policy.log_std_at();
  const double n = static_cast<double>(rows.size());
  double mean = 0, deviation = 1;
  if (config.normalize_advantage && rows.size() > 1) {
    for (int row : rows) mean += buffer.advantage[row] / n;
    double squares = 0;
    for (int row : rows) squares += std::pow(buffer.advantage[row] - mean, 2);
    deviation = std::sqrt(squares / (n - 1)) + 1e-8;
  }
  ReferenceLoss loss;
  loss.gradient.assign(parameters.size(), 0.0);
  for (int row : rows) {
    const float* x = buffer.obs.data() + static_cast<size_t>(row) * buffer.obs_stride;
    const Vector input(x, x + policy.spec().observation_size);
    const auto outs = Forward(policy.policy_net(), parameters.data(), input);
    const float* action = buffer.action.data() + static_cast<size_t>(row) * buffer.action_size;
    const float* other =
        reference ? buffer.reference.data() + static_cast<size_t>(row) * buffer.reference_size
                  : nullptr;
    const uint8_t* mask = buffer.mask_size
                              ? buffer.mask.data() + static_cast<size_t>(row) * buffer.mask_size
                              : nullptr;
    const Head h = spec.kind == ActionSpec::Kind::kContinuous
                       ? Gaussian(outs.back(), log_std, action, other,
                                  reference ? reference->log_std().data() : nullptr)
                       : Categorical(spec, outs.back(), mask, action, other);
    const double advantage = (buffer.advantage[row] - mean) / deviation;
    const double log_ratio = h.log_prob - buffer.log_prob[row], ratio = std::exp(log_ratio);
    const double clipped = std::clamp(ratio, 1 - config.clip_range, 1 + config.clip_range);
    const bool free = ratio * advantage <= clipped * advantage;
    loss.policy -= std::min(ratio * advantage, clipped * advantage) / n;
    loss.entropy += h.entropy / n;
    loss.kl += (ratio - 1 - log_ratio) / n;
    loss.reference_kl += h.kl / n;
    loss.clipfrac += std::abs(ratio - 1) > config.clip_range ? 1 / n : 0;
    const double by_log_prob = free ? -advantage * ratio : 0;
    const double by_kl = reference ? config.reference_kl_coef : 0;
    Vector d(h.d_log_prob.size());
    for (size_t i = 0; i < d.size(); ++i) {
      d[i] = (by_log_prob * h.d_log_prob[i] - config.entropy_coef * h.d_entropy[i]) / n;
      if (reference) d[i] += by_kl * h.d_kl[i] / n;
    }
    for (size_t i = 0; i < h.d_log_prob_std.size(); ++i) {
      double& g = loss.gradient[policy.log_std_at() + i];
      g += (by_log_prob * h.d_log_prob_std[i] - config.entropy_coef * h.d_entropy_std[i]) / n;
      if (reference) g += by_kl * h.d_kl_std[i] / n;
    }
    Backward(policy.policy_net(), parameters.data(), outs, d, loss.gradient.data());

    const double* value_parameters = parameters.data() + policy.value_at();
    const auto values = Forward(policy.value_net(), value_parameters, input);
    const double value = values.back()[0], target = static_cast<float>(buffer.returns[row]);
    double error = value - target, slope = 1;
    if (config.value_clip > 0) {
      const double old = buffer.value[row];
      const double kept = std::clamp(value, old - config.value_clip, old + config.value_clip);
      if (std::abs(kept - target) > std::abs(error)) {
        error = kept - target;
        slope = kept == value ? 1 : 0;
      }
    }
    loss.value += error * error / n;
    Backward(policy.value_net(), value_parameters, values,
             {config.value_coef * 2 * error * slope / n}, loss.gradient.data() + policy.value_at());
  }
  loss.total = loss.policy - config.entropy_coef * loss.entropy + config.value_coef * loss.value +
               (reference ? config.reference_kl_coef * loss.reference_kl : 0);
  return loss;
}

}  // namespace carrot::testing
