// Deleted: the curve's distance could be anything; where a policy stops paying would be misread.
#include "engine/session/overoptimisation.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace carrot {
namespace {

using Floats = std::vector<float>;

TEST(ActionKl, OfNormalsMatchesTheClosedForm) {
  ActionSpec action;
  action.low = {-1, -1};
  action.high = {1, 1};
  const Floats zero{0, 0}, one{1, 0}, wide{std::log(2.0f), 0};
  const ActionDistribution origin{zero.data(), zero}, moved{one.data(), zero},
      wider{zero.data(), wide};
  EXPECT_EQ(ActionKl(action, origin, origin), 0);
  EXPECT_NEAR(ActionKl(action, moved, origin), 0.5, 1e-7);
  // log(1/2) + 4/2 - 1/2 and log 2 + 1/8 - 1/2: not symmetric.
  EXPECT_NEAR(ActionKl(action, wider, origin), 1.5 - std::log(2.0), 1e-6);
  EXPECT_NEAR(ActionKl(action, origin, wider), std::log(2.0) - 0.375, 1e-6);
}

TEST(ActionKl, OfChoicesAddsDimensionsAndHeedsTheMask) {
  ActionSpec action;
  action.kind = ActionSpec::Kind::kDiscrete;
  action.choices = {2, 3};
  const auto l = [](double p) { return static_cast<float>(std::log(p)); };
  // Logits may be shifted: the second dimension of p is (1/2, 1/4, 1/4) plus 3.
  const Floats p{l(0.5), l(0.5), l(0.5) + 3, l(0.25) + 3, l(0.25) + 3};
  const Floats q{l(0.25), l(0.75), l(0.25), l(0.25), l(0.5)};
  const ActionDistribution mine{p.data(), {}}, other{q.data(), {}};
  const double first = 0.5 * std::log(4.0 / 3), second = 0.5 * std::log(2.0) - 0.25 * std::log(2.0);
  EXPECT_NEAR(ActionKl(action, mine, other), first + second, 1e-6);
  EXPECT_NEAR(ActionKl(action, mine, mine), 0, 1e-7);
  // Without the last choice: (2/3, 1/3) against (1/2, 1/2). A dimension of which nothing is allowed
  // ignores its mask.
  const std::array<uint8_t, 5> mask{0, 0, 1, 1, 0};
  const double masked = 2.0 / 3 * std::log(4.0 / 3) + 1.0 / 3 * std::log(2.0 / 3);
  EXPECT_NEAR(ActionKl(action, mine, other, mask.data()), first + masked, 1e-6);
}

}  // namespace
}  // namespace carrot
