// The update's gradient: f32 kernels against double precision, double precision against finite
// differences, and metrics and Adam against their formulas.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "engine/agent/ppo_update.h"
#include "engine/base/rng.h"
#include "tests/engine/agent/reference_ppo.h"

namespace carrot {
namespace {

using testing::ReferenceLoss;
using testing::ReferencePpo;

struct Case {
  const char* name;
  bool continuous;
  std::vector<int> hidden;
  Activation activation = Activation::kTanh;
  int observations = 11;
  bool masked = false;
  bool reference = false;
  double value_clip = 0;
  double entropy_coef = 0.01;
};

PolicySpec SpecOf(const Case& c) {
  PolicySpec spec;
  spec.observation_size = c.observations;
  spec.hidden = c.hidden;
  spec.activation = c.activation;
  if (c.continuous) {
    spec.action.names = {"a", "b", "c"};
    spec.action.low = {-1, -1, -1};
    spec.action.high = {1, 1, 1};
  } else {
    spec.action.kind = ActionSpec::Kind::kDiscrete;
    spec.action.names = {"a", "b"};
    spec.action.choices = {4, 7};
  }
  return spec;
}

// A policy with weights of ordinary size, a reference and a buffer whose old log-probabilities are
// off enough that some rows are clipped.
struct Problem {
  explicit Problem(const Case& c, int rows)
      : policy(SpecOf(c), 1, -0.3), reference(SpecOf(c), 2, 0.1) {
    config.hidden = c.hidden;
    config.activation = c.activation;
    config.entropy_coef = c.entropy_coef;
    config.value_clip = c.value_clip;
    config.reference_kl_coef = c.reference ? 0.5 : 0.0;
    Rng rng(Key(3, RngDomain::kTest));
    // The head's initial gain of 0.01 would hide errors behind nearly equal outputs.
    for (float& p : policy.mutable_parameters())
      p *= 1.0f + 0.5f * static_cast<float>(rng.Normal());
    const DenseLayer& head = policy.policy_net().layers().back();
    for (int i = 0; i < head.in_pad * head.out_pad; ++i) {
      policy.mutable_parameters()[head.weight + i] *= 50;
    }
    const ActionSpec& action = policy.spec().action;
    buffer = RolloutBuffer(rows, 1, policy.observation_stride(), action.size(),
                           c.masked ? action.total_choices() : 0,
                           c.reference ? policy.spec().head_size() : 0);
    ThreadPool pool(1);
    for (int row = 0; row < rows; ++row) Fill(c, row, rng, pool);
  }

  void Fill(const Case& c, int row, Rng& rng, ThreadPool& pool) {
    std::vector<double> obs(c.observations);
    for (double& x : obs) x = rng.Normal();
    if (c.masked) {
      for (int i = 0; i < buffer.mask_size; ++i)
        buffer.mask[row * buffer.mask_size + i] = i % 3 != row % 3;
    }
    const uint8_t* mask = c.masked ? buffer.mask.data() + row * buffer.mask_size : nullptr;
    const uint64_t key = rng.Next();
    std::vector<double> action(buffer.action_size);
    PolicyOutput out;
    out.action = action.data();
    out.log_prob = &buffer.log_prob[row];
    out.value = &buffer.value[row];
    out.normalized = buffer.obs.data() + static_cast<size_t>(row) * buffer.obs_stride;
    policy.Infer(pool, {1, obs.data(), mask, &key}, out);
    for (int i = 0; i < buffer.action_size; ++i) {
      buffer.action[row * buffer.action_size + i] = static_cast<float>(action[i]);
    }
    if (c.reference) {
      PolicyOutput other;
      other.head = buffer.reference.data() + static_cast<size_t>(row) * buffer.reference_size;
      reference.Infer(pool, {1, obs.data(), mask}, other);
    }
    buffer.log_prob[row] += static_cast<float>(0.2 * rng.Normal());
    buffer.value[row] += static_cast<float>(0.3 * rng.Normal());
    buffer.advantage[row] = rng.Normal() + 0.3;
    buffer.returns[row] = rng.Normal();
  }

  std::vector<double> Parameters() const {
    return {policy.parameters().begin(), policy.parameters().end()};
  }

  PpoConfig config;
  Policy policy, reference;
  RolloutBuffer buffer;
};

class GradientTest : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    Cases, GradientTest,
    ::testing::Values(Case{"gaussian", true, {64, 64}}, Case{"categorical", false, {64, 64}},
                      Case{"masked", false, {32}, Activation::kTanh, 5, true},
                      Case{"relu", true, {24, 40}, Activation::kRelu, 17},
                      Case{"linear", true, {}, Activation::kTanh, 3},
                      Case{"wide_input", false, {16}, Activation::kTanh, 200},
                      Case{"value_clip", true, {32}, Activation::kTanh, 4, false, false, 0.2},
                      Case{"gaussian_reference", true, {16}, Activation::kTanh, 6, false, true},
                      Case{"masked_reference", false, {16}, Activation::kTanh, 6, true, true}),
    [](const auto& info) { return info.param.name; });

// Without this, the fast gradient or a metric could be wrong in a layer, a head or an option, and
// training would still work somewhat.
TEST_P(GradientTest, FastEqualsDoublePrecision) {
  Problem s(GetParam(), 150);  // two whole blocks and a part
  ThreadPool pool(2);
  std::vector<int32_t> rows(150);
  std::iota(rows.begin(), rows.end(), 0);
  const Policy* reference = GetParam().reference ? &s.reference : nullptr;
  PpoUpdate update(s.policy, s.config, 150, pool);
  const LossSums sums = update.Accumulate(s.policy, s.buffer, rows, reference);
  const double norm = update.Reduce();
  const ReferenceLoss exact = ReferencePpo(s.policy, s.Parameters(), s.buffer,
                                           {rows.begin(), rows.end()}, s.config, reference);
  EXPECT_NEAR(sums.policy / 150, exact.policy, 1e-5);
  EXPECT_NEAR(sums.value / 150, exact.value, 1e-5 * exact.value);
  EXPECT_NEAR(sums.entropy / 150, exact.entropy, 1e-5);
  EXPECT_NEAR(sums.kl / 150, exact.kl, 1e-5);
  EXPECT_NEAR(sums.reference_kl / 150, exact.reference_kl, 1e-4 * (1 + exact.reference_kl));
  EXPECT_NEAR(sums.clipped / 150.0, exact.clipfrac, 1e-9);
  EXPECT_GT(exact.clipfrac, 0.05) << "no row is clipped: the case tests too little";

  double exact_norm = 0, error = 0;
  for (size_t i = 0; i < exact.gradient.size(); ++i) {
    exact_norm += exact.gradient[i] * exact.gradient[i];
    error += std::pow(update.gradient()[i] - exact.gradient[i], 2);
  }
  EXPECT_LT(std::sqrt(error / exact_norm), 1e-5);
  EXPECT_NEAR(norm, std::sqrt(exact_norm), 1e-5 * norm);
}

// Without this, the double-precision gradient itself could be wrong in the same way as the fast
// one.
TEST_P(GradientTest, DoublePrecisionEqualsFiniteDifferences) {
  Problem s(GetParam(), 12);
  const Policy* reference = GetParam().reference ? &s.reference : nullptr;
  std::vector<int> rows(12);
  std::iota(rows.begin(), rows.end(), 0);
  std::vector<double> parameters = s.Parameters();
  const auto loss = [&] {
    return ReferencePpo(s.policy, parameters, s.buffer, rows, s.config, reference).total;
  };
  const std::vector<double> gradient =
      ReferencePpo(s.policy, parameters, s.buffer, rows, s.config, reference).gradient;
  Rng rng(Key(4, RngDomain::kTest));
  const double middle = loss();
  int checked = 0, nonzero = 0;
  for (int tries = 0; tries < 150; ++tries) {
    const size_t i = rng.Below(static_cast<uint32_t>(parameters.size()));
    const double at = parameters[i], h = 1e-6;
    parameters[i] = at + h;
    const double above = loss();
    parameters[i] = at - h;
    const double below = loss();
    parameters[i] = at;
    // The losses have kinks (clipping, relu); a step across one shows as unequal slopes.
    if (std::abs((above - middle) - (middle - below)) > 1e-9) continue;
    ASSERT_NEAR(gradient[i], (above - below) / (2 * h), 2e-8 + 1e-6 * std::abs(gradient[i]))
        << "parameter " << i;
    ++checked;
    nonzero += gradient[i] != 0 ? 1 : 0;
  }
  EXPECT_GT(checked, 112);
  EXPECT_GT(nonzero, 15);
}

// Without this, the norm could be clipped to a wrong length, or Adam's bias correction, epsilon or
// update be off: three steps against the textbook formulas in double precision.
TEST(AdamTest, FollowsItsFormulas) {
  Problem s(Case{"", true, {16}}, 32);
  s.config.max_grad_norm = 0.1;
  ThreadPool pool(1);
  std::vector<int32_t> rows(32);
  std::iota(rows.begin(), rows.end(), 0);
  PpoUpdate update(s.policy, s.config, 32, pool);
  std::vector<double> p = s.Parameters(), m(p.size()), v(p.size());
  for (int t = 1; t <= 3; ++t) {
    update.Accumulate(s.policy, s.buffer, rows, nullptr);
    const double norm = update.Reduce();
    ASSERT_GT(norm, 0.1);
    for (size_t i = 0; i < p.size(); ++i) {
      const double g = update.gradient()[i] * 0.1 / norm;
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      const double m_hat = m[i] / (1 - std::pow(0.9, t)), v_hat = v[i] / (1 - std::pow(0.999, t));
      p[i] -= 1e-2 * m_hat / (std::sqrt(v_hat) + 1e-5);
    }
    update.Step(s.policy, 1e-2, norm);
  }
  for (size_t i = 0; i < p.size(); ++i) ASSERT_NEAR(s.policy.parameters()[i], p[i], 2e-6) << i;
}

// Without this, padding could pick up values and leak into results (and into saved files).
TEST(AdamTest, PaddingStaysZero) {
  Problem s(Case{"", true, {20}, Activation::kTanh, 5}, 64);
  ThreadPool pool(1);
  std::vector<int32_t> rows(64);
  std::iota(rows.begin(), rows.end(), 0);
  PpoUpdate update(s.policy, s.config, 64, pool);
  for (int t = 0; t < 5; ++t) {
    update.Accumulate(s.policy, s.buffer, rows, nullptr);
    update.Step(s.policy, 1e-2, update.Reduce());
  }
  const Mlp& net = s.policy.policy_net();
  int padding = 0;
  for (const DenseLayer& layer : net.layers()) {
    for (int i = 0; i < layer.in_pad; ++i) {
      for (int o = 0; o < layer.out_pad; ++o) {
        if (i < layer.in && o < layer.out) continue;
        EXPECT_EQ(s.policy.parameters()[layer.weight + i * layer.out_pad + o], 0) << i << " " << o;
        ++padding;
      }
    }
  }
  EXPECT_GT(padding, 100);
}

}  // namespace
}  // namespace carrot
