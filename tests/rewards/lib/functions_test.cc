// score, geometry, graded and energy against references computed in another way. Recorded::Run also
// compares replay, stepping, JIT off and cold states bit for bit.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <map>

#include "tests/rewards/lib/lib_fixture.h"

namespace carrot {
namespace {

using ::testing::HasSubstr;
using testing::Recorded;

constexpr int kSteps = 300;  // enough for the JIT to compile the loops

using Quat = std::array<double, 4>;
Quat At(Recorded& episode, const char* field, int row) {
  const double* q = episode.Row<double>(field, row);
  return {q[0], q[1], q[2], q[3]};
}
Quat Unit(Quat q) {
  const double n = std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  for (double& x : q) x /= n;
  return q;
}
// Column `c` of the rotation matrix: where the body's axis points.
std::array<double, 3> Axis(const Quat& q, int c) {
  const auto [w, x, y, z] = std::tuple(q[0], q[1], q[2], q[3]);
  const double m[3][3] = {{1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)},
                          {2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)},
                          {2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)}};
  return {m[0][c], m[1][c], m[2][c]};
}

// Deleted: a reaching term could fall off at another rate, or combine scores another way.
TEST(Score, MatchesItsDefinitions) {
  Recorded episode(kSteps);
  const auto reach = episode.Column("function(s) return score.reach(s.x, 3) end");
  const auto unit = episode.Column("function(s) return score.reach(s.x) end");
  const auto norm = episode.Column("function(s) return score.clip_norm(s.x, -1, 0.5) end");
  const auto down = episode.Column("function(s) return score.clip_norm(s.x, 0.5, -1) end");
  const auto both = episode.Column(
      "function(s) local n = score.clip_norm return score.hamacher(n(s.x, -1, 1), n(s.pos[1], -1, "
      "1), "
      "n(s.pos[2], -1, 1)) end");
  const auto share = [](double x) { return std::clamp((x + 1) / 2, 0.0, 1.0); };
  for (int r = 1; r <= kSteps; ++r) {
    const double x = *episode.Row<double>("x", r);
    const double e = std::exp(6 * x), e1 = std::exp(2 * x);
    EXPECT_NEAR(reach[r], 1 - (e - 1) / (e + 1), 1e-12);
    EXPECT_NEAR(unit[r], 1 - (e1 - 1) / (e1 + 1), 1e-12);
    EXPECT_DOUBLE_EQ(norm[r], x <= -1 ? 0 : x >= 0.5 ? 1 : (x + 1) / 1.5);
    EXPECT_NEAR(down[r], 1 - norm[r], 1e-15);
    const double scores[] = {share(x), share(episode.Row<double>("pos", r)[0]),
                             share(episode.Row<double>("pos", r)[1])};
    // 1 / h - 1 adds up: the Hamacher product's additive generator is (1 - x) / x.
    double sum = 0;
    for (double s : scores) sum += s > 0 ? (1 - s) / s : 1e300;
    EXPECT_NEAR(both[r], 1 / (1 + sum), 1e-12);
  }
  EXPECT_THAT(episode
                  .Run(Recorded::OneTerm("function(s) return score.hamacher(2, 0.5) end"),
                       Recorded::How::kReplay)
                  .errors,
              HasSubstr("scores lie in 0 .. 1"));
}

// Deleted: a wrapped angle or a rotation's sign could be taken for a long way.
TEST(Geometry, MatchesRotationMatrices) {
  Recorded episode(kSteps);
  const auto wrap = episode.Column("function(s) return geometry.wrap(5 * s.x) end");
  const auto angle =
      episode.Column("function(s) return geometry.angle_distance(9 * s.x, s.pos[3]) end");
  const auto turn =
      episode.Column("function(s) return geometry.quat_distance(s.quat, s.other) end");
  const auto same = episode.Column(
      "function(s) return geometry.quat_distance(s.quat, { -s.quat[1], -s.quat[2], "
      "-s.quat[3], -s.quat[4] }) end");
  const auto up = episode.Column("function(s) return geometry.quat_up(s.quat) end");
  const auto yaw = episode.Column("function(s) return geometry.quat_yaw(s.quat) end");
  const auto far = episode.Column("function(s) return geometry.distance(s.pos, s.prev.pos) end");
  for (int r = 1; r <= kSteps; ++r) {
    const double x = *episode.Row<double>("x", r);
    const double* pos = episode.Row<double>("pos", r);
    const double* prev = episode.Row<double>("pos", r - 1);
    EXPECT_NEAR(wrap[r], std::atan2(std::sin(5 * x), std::cos(5 * x)), 1e-12);
    EXPECT_NEAR(angle[r], std::acos(std::cos(9 * x - pos[2])), 1e-7);
    const Quat q = Unit(At(episode, "quat", r)), o = Unit(At(episode, "other", r));
    double trace = 0;  // of R(q)^T R(o) = 1 + 2 cos(angle)
    for (int c = 0; c < 3; ++c) {
      const auto a = Axis(q, c), b = Axis(o, c);
      trace += a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    }
    EXPECT_NEAR(turn[r], std::acos(std::clamp((trace - 1) / 2, -1.0, 1.0)), 1e-6);
    EXPECT_NEAR(same[r], 0, 1e-12);
    EXPECT_NEAR(up[r], Axis(q, 2)[2], 1e-12);
    EXPECT_NEAR(yaw[r], std::atan2(Axis(q, 0)[1], Axis(q, 0)[0]), 1e-9);
    EXPECT_NEAR(far[r], std::hypot(pos[0] - prev[0], pos[1] - prev[1], pos[2] - prev[2]), 1e-12);
  }
}

// Deleted: partial credit could count a repeated item twice, or punish the order.
TEST(Graded, MatchesCounting) {
  Recorded episode(kSteps);
  const auto multiset = episode.Column("function(s) return graded.multiset(s.many, s.few) end");
  const auto overlap =
      episode.Column("function(s) return graded.overlap(s.few, { 1, 1, 2, 3 }) end");
  const auto f2 =
      episode.Column("function(s) return graded.weighted_f(s.few, { 1, 1, 2, 3 }, 2) end");
  const auto best = episode.Column(
      "function(s) return graded.max_average(s.few, { 1, 3, 3 }, function(w, f) return 1 - "
      "math.abs(w - f) / 3 end) end");
  const auto counts = [](const uint8_t* items, int n) {
    std::map<int, int> out;
    for (int i = 0; i < n; ++i) ++out[items[i]];
    return out;
  };
  const auto common = [](std::map<int, int> a, std::map<int, int> b) {
    int sum = 0;
    for (const auto& [item, n] : b) sum += std::min(n, a[item]);
    return sum;
  };
  const uint8_t goal[] = {1, 1, 2, 3};
  for (int r = 1; r <= kSteps; ++r) {
    const uint8_t* few = episode.Row<uint8_t>("few", r);
    const auto few_counts = counts(few, 5), goal_counts = counts(goal, 4);
    EXPECT_DOUBLE_EQ(multiset[r],
                     common(counts(episode.Row<uint8_t>("many", r), 20), few_counts) / 5.0);
    const double both = common(few_counts, goal_counts);
    EXPECT_DOUBLE_EQ(overlap[r], both / (5 + 4 - both));
    const double precision = both / 5, recall = both / 4;
    EXPECT_DOUBLE_EQ(f2[r], both == 0 ? 0 : 5 * precision * recall / (4 * precision + recall));
    double average = 0;
    for (int want : {1, 3, 3}) {
      double most = 0;
      for (int i = 0; i < 5; ++i) most = std::max(most, 1 - std::abs(want - few[i]) / 3.0);
      average += most / 3;
    }
    EXPECT_NEAR(best[r], average, 1e-12);
  }
}

// Deleted: the energy of a step could count braking as gain, or forget the step's length.
TEST(Shape, EnergyIsAbsolutePowerTimesTime) {
  Recorded episode(kSteps);
  const auto paid = episode.Column("function(s, a) return shape.energy(a, s.pos, s.dt) end");
  for (int r = 1; r <= kSteps; ++r) {
    double power = 0;
    for (int i = 0; i < 3; ++i) {
      power += std::abs(episode.Action(r)[i] * episode.Row<double>("pos", r)[i]);
    }
    EXPECT_NEAR(paid[r], power * 0.5, 1e-12);
  }
}

// Deleted: the parts would be compared bit for bit over a handful of steps only, which the JIT
// never compiles.
TEST(Shape, PartsHaveTheSameBitsHoweverTheyRun) {
  Recorded episode(kSteps);
  const auto run = episode.Run(Recorded::Libraries() + R"lua(
local tolerance = require "tolerance"
local done = shape.stages("done", { function(s) return s.x > 1.9 end, function(s) return s.flag end,
                                    shape.once("low", function(s) return s.x < -1.9 end) })
local function near(s) return tolerance(s.x, 0, 1, 1, "hyperbolic") end
return reward {
  terms = {
    term { "once", fn = shape.once("seen", function(s) return s.x > 1.5 end) },
    term { "progress", fn = shape.progress(function(s) return math.abs(s.x) ^ 1.5 end) },
    term { "nearest", fn = shape.nearest("least", function(s) return s.pos:norm() end) },
    term { "visits", fn = shape.visits("seen_bins", { bins = 7, low = -2, high = 2 }, function(s) return s.x end) },
    term { "stages", fn = done },
    term { "gated", fn = shape.gate(done, 1, near, 2) },
    term { "smooth", fn = shape.smooth("last", 3) },
    term { "driving", fn = shape.infractions(near, { { function(s) return s.flag end, 0.99 } }, "score") },
    term { "now", fn = shape.infractions(near, { { function(s) return s.flag end, 0.7 } }) },
  },
  potential = { fn = shape.gate(done, 0, near, 3), weight = 0.5 },
})lua");
  double sum = 0;
  for (const auto& row : run.term) {
    for (double x : row) sum += std::abs(x);
  }
  EXPECT_GT(sum, 10) << "the terms are to say something";
}

}  // namespace
}  // namespace carrot
