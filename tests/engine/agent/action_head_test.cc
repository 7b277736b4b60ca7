#include "engine/agent/action_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace carrot {
namespace {

ActionSpec Continuous(int n) {
  ActionSpec spec;
  spec.low.assign(n, -1);
  spec.high.assign(n, 1);
  spec.names.assign(n, "a");
  return spec;
}
ActionSpec Discrete(std::vector<int> choices) {
  ActionSpec spec;
  spec.kind = ActionSpec::Kind::kDiscrete;
  spec.names.assign(choices.size(), "a");
  spec.choices = std::move(choices);
  return spec;
}

// Hand-computed: at its mean a normal of deviation 2 has density 1 / (2 sqrt(2 pi)); one deviation
// off, exp(-1/2) of that. Without this, log-probabilities could miss a constant or a factor.
TEST(ActionHeadTest, GaussianLogProbByHand) {
  const float head[] = {1.0f, -1.0f}, log_std[] = {std::log(2.0f), 0.0f};
  const float at_mean[] = {1.0f, -1.0f}, off[] = {3.0f, -1.0f};
  const double expected = -std::log(2.0) - std::log(2 * M_PI);
  EXPECT_NEAR(LogProb(Continuous(2), head, log_std, nullptr, at_mean), expected, 1e-6);
  EXPECT_NEAR(LogProb(Continuous(2), head, log_std, nullptr, off), expected - 0.5, 1e-6);
}

// Logits log 1, log 2, log 5 are probabilities 1/8, 2/8, 5/8; with the last masked, 1/3 and 2/3.
// Without this, a softmax could be wrong or a mask ignored.
TEST(ActionHeadTest, CategoricalLogProbByHand) {
  const float head[] = {0.0f, std::log(2.0f), std::log(5.0f), 0.0f, 0.0f};
  const float action[] = {1.0f, 1.0f};
  const uint8_t mask[] = {1, 1, 0, 1, 1};
  const ActionSpec spec = Discrete({3, 2});
  EXPECT_NEAR(LogProb(spec, head, nullptr, nullptr, action), std::log(2.0 / 8 / 2), 1e-6);
  EXPECT_NEAR(LogProb(spec, head, nullptr, mask, action), std::log(2.0 / 3 / 2), 1e-6);
}

// Without this, samples could follow another distribution than the log-probabilities say.
TEST(ActionHeadTest, SamplesFollowTheProbabilities) {
  const float head[] = {0.0f, std::log(2.0f), std::log(5.0f)};
  const ActionSpec spec = Discrete({3});
  int counts[3] = {};
  for (int i = 0; i < 80000; ++i) {
    Rng rng(Key(1, RngDomain::kTest, i));
    float action;
    const float log_prob = SampleAction(spec, head, nullptr, nullptr, &rng, &action);
    ++counts[static_cast<int>(action)];
    ASSERT_EQ(log_prob, LogProb(spec, head, nullptr, nullptr, &action));
  }
  EXPECT_NEAR(counts[0], 10000, 400);  // four standard deviations
  EXPECT_NEAR(counts[1], 20000, 500);
  EXPECT_NEAR(counts[2], 50000, 560);

  double sum = 0, squares = 0;
  const float mean[] = {3.0f}, log_std[] = {std::log(0.5f)};
  for (int i = 0; i < 40000; ++i) {
    Rng rng(Key(2, RngDomain::kTest, i));
    float action;
    SampleAction(Continuous(1), mean, log_std, nullptr, &rng, &action);
    sum += action - 3;
    squares += (action - 3) * (action - 3);
  }
  EXPECT_NEAR(sum / 40000, 0, 0.01);
  EXPECT_NEAR(squares / 40000, 0.25, 0.01);
}

// Without this, a masked choice could be drawn or be called likeliest, whatever its logit.
TEST(ActionHeadTest, MaskedChoicesAreImpossible) {
  const float head[] = {50.0f, 0.0f, -50.0f, 50.0f};
  const uint8_t mask[] = {0, 1, 1, 0};
  const ActionSpec spec = Discrete({4});
  for (int i = 0; i < 1000; ++i) {
    Rng rng(Key(1, RngDomain::kTest, i));
    float action;
    const float log_prob = SampleAction(spec, head, nullptr, mask, &rng, &action);
    ASSERT_TRUE(action == 1 || action == 2);
    ASSERT_TRUE(std::isfinite(log_prob));
  }
  float likeliest;
  SampleAction(spec, head, nullptr, mask, nullptr, &likeliest);
  EXPECT_EQ(likeliest, 1);
}

// Without this, a world that forbids everything would crash the learner.
TEST(ActionHeadTest, MaskThatAllowsNothingIsIgnored) {
  const float head[] = {0.0f, 1.0f};
  const uint8_t mask[] = {0, 0};
  float action;
  EXPECT_TRUE(std::isfinite(SampleAction(Discrete({2}), head, nullptr, mask, nullptr, &action)));
  EXPECT_EQ(action, 1);
}

// One row, ratio by hand: old log-probability log(1/2) lower than the new, so ratio 2.
// With advantage 3 and clip 0.2: loss -min(6, 3.6) = -3.6 and no gradient; with advantage -3: loss
// -min(-6, -3.6) = 6 and gradient 3 * ratio by log_prob. Without this, the clip's side could be
// wrong.
TEST(PolicyLossTest, ClipByHand) {
  const ActionSpec spec = Continuous(1);
  const float head[8] = {0.0f}, log_std[] = {0.0f}, action[] = {1.0f};
  const float old[] = {LogProb(spec, head, log_std, nullptr, action) - std::log(2.0f)};
  PolicyRows rows;
  rows.rows = 1;
  rows.action = action;
  rows.old_log_prob = old;
  for (float advantage : {3.0f, -3.0f}) {
    rows.advantage = &advantage;
    float d_head[8] = {}, d_log_std[1] = {};
    LossSums sums;
    PolicyLoss(spec, {}, rows, head, 8, log_std, d_head, d_log_std, sums);
    EXPECT_NEAR(sums.policy, advantage > 0 ? -3.6 : 6, 1e-5);
    EXPECT_NEAR(d_head[0], advantage > 0 ? 0 : 6, 1e-5);  // d log_prob / d mean = z = 1
    EXPECT_EQ(sums.clipped, 1);
    EXPECT_NEAR(sums.kl, 1 - std::log(2.0), 1e-6);
    EXPECT_NEAR(sums.entropy, 0.5 * std::log(2 * M_PI * M_E), 1e-6);
  }
}

// Without this, the value loss could miss its factor, or its clip take the smaller loss.
TEST(ValueLossTest, ByHand) {
  const float head[8] = {2.0f}, returns[] = {1.5f}, old_value[] = {1.0f};
  float d_head[8] = {};
  LossSums sums;
  ValueLoss(1, 0, 0.5f, returns, old_value, head, 8, d_head, sums);
  EXPECT_FLOAT_EQ(sums.value, 0.25);
  EXPECT_FLOAT_EQ(d_head[0], 0.5f * 2 * 0.5f);
  // Clipped to 1.1: error -0.4, smaller than 0.5, so the unclipped one counts.
  sums = {};
  ValueLoss(1, 0.1f, 0.5f, returns, old_value, head, 8, d_head, sums);
  EXPECT_FLOAT_EQ(sums.value, 0.25);
  // Target 1.9: unclipped error 0.1, clipped error -0.8: the larger counts, and has no gradient.
  const float far[] = {1.9f};
  sums = {};
  ValueLoss(1, 0.1f, 0.5f, far, old_value, head, 8, d_head, sums);
  EXPECT_NEAR(sums.value, 0.64, 1e-6);
  EXPECT_EQ(d_head[0], 0);
}

}  // namespace
}  // namespace carrot
