#include <algorithm>
#include <cmath>

#include "tests/envs/mujoco/mujoco_test_util.h"

namespace carrot {
namespace {

class BalanceBotTest : public MujocoTest {};

// Breaks if our own robot can no longer do its task: a hand-written controller must drive it to the
// flag and hold it there, from every side, without falling; with no control it must fall.
TEST_F(BalanceBotTest, FeedbackDrivesToTheFlag) {
  const auto reset = nlohmann::json::array(
      {{{"target", "qpos[3:7]"}, {"dist", "uniform"}, {"low", -0.03}, {"high", 0.03}},
       {{"target", "qpos[9:11]"},
        {"dist", "box_outside"},
        {"low", {-1.5, -1.5}},
        {"high", {1.5, 1.5}},
        {"min_norm", 0.5}}});
  const std::string path = CARROT_SOURCE_DIR "/scripts/tasks/balance_bot/model.xml";
  auto model = Load(Fields({{"qpos", "qpos"}, {"qvel", "qvel"}, {"frame", "body:chassis.mat"}}),
                    reset, {{"model", path}, {"frame_skip", 4}});
  ASSERT_TRUE(model) << Format(model.error());
  EXPECT_TRUE((*model)->spec().warnings.empty());
  for (const bool controlled : {true, false}) {
    LiveWorld live(*model, 1);
    for (int seed = 0; seed < 12; ++seed) {
      live.Reset(0, seed);
      double near = 0, largest_lean = 0;
      for (int t = 1; t <= 400; ++t) {
        const auto q = live.Row("qpos"), v = live.Row("qvel"), m = live.Row("frame");
        const double lean = std::atan2(m[2] * m[4] - m[5] * m[1], m[8]);
        const double x = q[9] - q[0], y = q[10] - q[1];
        const double ahead = x * m[4] - y * m[1], left = x * m[1] + y * m[4];
        const double speed = v[0] * m[4] - v[1] * m[1];
        // Forwards or backwards, whichever needs less turning; slower while it points elsewhere.
        const double bearing = std::atan2(ahead < 0 ? -left : left, std::abs(ahead));
        const double wanted = std::clamp(1.2 * ahead, -0.8, 0.8) * std::cos(bearing);
        const double drive = 3.0 * lean + 0.35 * v[4] + 0.6 * (speed - wanted);
        const double far = std::min(1.0, std::hypot(x, y) / 0.1);
        const double turn = 0.1 * (std::clamp(3 * bearing * far, -3.0, 3.0) - v[5]);
        live.action = {controlled ? drive - turn : 0, controlled ? drive + turn : 0};
        live.Step();
        largest_lean = std::max(largest_lean, std::abs(lean));
        if (t > 350) near += std::hypot(x, y) / 50;
      }
      ASSERT_EQ(live.fault[0], 0);
      if (controlled) {
        EXPECT_LT(largest_lean, 0.6) << seed;
        EXPECT_LT(near, 0.15) << seed;
      } else {
        EXPECT_GT(largest_lean, 0.9) << seed;
      }
    }
  }
}

}  // namespace
}  // namespace carrot
