#include <gmock/gmock.h>
#include <mujoco/mujoco.h>

#include <cmath>
#include <limits>

#include "tests/envs/mujoco/mujoco_test_util.h"

namespace carrot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class MujocoWorldTest : public MujocoTest {
 protected:
  LiveWorld Live(int num_envs, nlohmann::json reset = nlohmann::json::array(),
                 nlohmann::json options = nlohmann::json::object(),
                 const char* model_text = kTestModel) {
    auto model = Load(Fields({{"qpos", "qpos"}, {"qvel", "qvel"}}), std::move(reset),
                      std::move(options), model_text);
    if (!model) {
      ADD_FAILURE() << Format(model.error());
      std::abort();
    }
    return LiveWorld(*model, num_envs);
  }
  static std::vector<double> Copy(std::span<double> row) { return {row.begin(), row.end()}; }
};

// Breaks if actions, their names or limits stop following the model.
TEST_F(MujocoWorldTest, ActionsComeFromTheActuators) {
  LiveWorld live = Live(1, {}, {{"frame_skip", 3}});
  const WorldSpec& spec = live.model->spec();
  EXPECT_THAT(spec.action.names, ElementsAre("push", "hinge"));  // unnamed motor: its joint
  EXPECT_THAT(spec.action.low, ElementsAre(-1, -std::numeric_limits<double>::infinity()));
  EXPECT_THAT(spec.action.high, ElementsAre(1, std::numeric_limits<double>::infinity()));
  EXPECT_DOUBLE_EQ(spec.dt, 0.015);
  EXPECT_EQ(spec.kind, "mujoco");
}

// Breaks if frame_skip engine steps are not what one control step runs.
TEST_F(MujocoWorldTest, OneControlStepIsFrameSkipEngineSteps) {
  LiveWorld once = Live(1), thrice = Live(1, {}, {{"frame_skip", 3}});
  for (LiveWorld* live : {&once, &thrice}) {
    live->Reset(0, 1);
    live->action = {0.5, 0.1};
  }
  for (int i = 0; i < 3; ++i) once.Step();
  thrice.Step();
  EXPECT_EQ(Copy(once.Row("qpos")), Copy(thrice.Row("qpos")));
}

// Breaks if a hand's push lasts longer than its step, or changes a world that nobody touches.
TEST_F(MujocoWorldTest, APushActsForOneStep) {
  LiveWorld free = Live(1), pushed = Live(1);
  auto& hand = dynamic_cast<PushableWorld&>(*pushed.world);
  int body = 0;
  for (int i = 1; i < hand.num_bodies(); ++i) {
    if (hand.BodyName(i) == "cart") body = i;
  }
  for (LiveWorld* live : {&free, &pushed}) live->Reset(0, 1);
  BodyPull pull{.body = body, .mass = 2};
  const BodyWrench right = [&] {
    pull.to[0] = 10;
    return hand.WrenchOf(0, pull);
  }();
  EXPECT_GT(right.force[0], 0);
  for (LiveWorld* live : {&free, &pushed}) live->Step();
  EXPECT_EQ(Copy(free.Row("qpos")), Copy(pushed.Row("qpos"))) << "asking pushes nothing";
  hand.Push(0, right);
  for (LiveWorld* live : {&free, &pushed}) live->Step();
  EXPECT_NE(Copy(free.Row("qvel")), Copy(pushed.Row("qvel")));
  const auto* data = MjDataOf(*pushed.world, 0);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(data->xfrc_applied[6 * body + i], 0);
}

// Breaks if an episode's start depends on anything but its seed.
TEST_F(MujocoWorldTest, ResetIsAPureFunctionOfTheSeed) {
  const auto reset = nlohmann::json::array(
      {{{"target", "qpos[0:2]"}, {"dist", "uniform"}, {"low", -0.1}, {"high", 0.1}},
       {{"target", "qvel"}, {"dist", "normal"}, {"std", 0.1}}});
  LiveWorld live = Live(2, reset);
  live.Reset(0, 42);
  const auto first = Copy(live.Row("qpos", 0)), velocity = Copy(live.Row("qvel", 0));
  live.action = {1, 1, -1, 0};
  for (int i = 0; i < 20; ++i) live.Step();
  live.Reset(1, 42);
  live.Reset(0, 43);
  EXPECT_EQ(Copy(live.Row("qpos", 1)), first);
  EXPECT_EQ(Copy(live.Row("qvel", 1)), velocity);
  EXPECT_NE(Copy(live.Row("qpos", 0)), first);
  EXPECT_EQ(live.Row("qpos", 1)[4], 0.1);  // not named: as in the model
}

// Breaks if the examples in reward scripts refer to a noisy start, which differs from task to task.
TEST_F(MujocoWorldTest, NominalResetHasNoNoise) {
  const auto reset = nlohmann::json::array(
      {{{"target", "qpos[0:2]"}, {"dist", "uniform"}, {"low", 0.1}, {"high", 0.2}}});
  LiveWorld live = Live(1, reset);
  live.Reset(0, 42);
  const auto noisy = Copy(live.Row("qpos", 0));
  live.world->ResetNominal(0, live.batch);
  const auto nominal = Copy(live.Row("qpos", 0));
  EXPECT_GE(noisy[0] - nominal[0], 0.1);
  EXPECT_EQ(nominal[4], 0.1);
}

// Breaks if a distribution changes its meaning, its mode or its bounds.
TEST_F(MujocoWorldTest, ResetDistributions) {
  const auto reset = nlohmann::json::array(
      {{{"target", "qpos[0]"}, {"dist", "constant"}, {"value", 0.5}},
       {{"target", "qpos[0]"}, {"dist", "uniform"}, {"low", 0}, {"high", 0.25}},
       {{"target", "qpos[2:4]"}, {"dist", "disk"}, {"radius", 0.2}},
       {{"target", "qpos[4]"}, {"dist", "constant"}, {"value", 1}, {"mode", "add"}},
       {{"target", "qvel[0:2]"},
        {"dist", "box_outside"},
        {"low", {-0.3, -0.2}},
        {"high", {0, 0.2}},
        {"min_norm", 0.17}},
       {{"target", "qvel[2:]"}, {"dist", "normal"}, {"std", 2}}});
  LiveWorld live = Live(1, reset);
  double sum = 0, squares = 0, far = 0;
  constexpr int kEpisodes = 2000;
  for (int seed = 0; seed < kEpisodes; ++seed) {
    live.Reset(0, seed);
    const auto q = live.Row("qpos"), v = live.Row("qvel");
    ASSERT_TRUE(q[0] >= 0.5 && q[0] < 0.75);
    const double radius = std::hypot(q[2], q[3]);
    ASSERT_LT(radius, 0.2);
    far += radius > 0.2 / std::sqrt(2.0);  // half of the disk's area
    ASSERT_DOUBLE_EQ(q[4], 1.1);
    ASSERT_GT(std::hypot(v[0], v[1]), 0.17);
    ASSERT_TRUE(v[0] >= -0.3 && v[0] <= 0 && std::abs(v[1]) <= 0.2);
    sum += v[3];
    squares += v[3] * v[3];
  }
  EXPECT_NEAR(far / kEpisodes, 0.5, 0.05);
  EXPECT_NEAR(sum / kEpisodes, 0, 0.2);
  EXPECT_NEAR(squares / kEpisodes, 4, 0.5);
}

// Breaks if a wrong reset entry is accepted or its message names no way out.
TEST_F(MujocoWorldTest, WrongResetEntriesAreExplained) {
  auto error = [&](nlohmann::json entry) {
    return LoadError(Fields({{"qpos", "qpos"}}), nlohmann::json::array({std::move(entry)}));
  };
  EXPECT_THAT(error({{"target", "qposs"}, {"dist", "normal"}, {"std", 1}}),
              HasSubstr("qpos, qvel"));
  EXPECT_THAT(error({{"target", "qpos"}, {"dist", "unifrom"}}), HasSubstr("`uniform`"));
  EXPECT_THAT(error({{"target", "qpos"}, {"dist", "uniform"}, {"low", 1}, {"high", 0}}),
              HasSubstr("`low` exceeds `high`"));
  EXPECT_THAT(error({{"target", "qpos"}, {"dist", "disk"}, {"radius", 1}}),
              HasSubstr("two elements"));
  EXPECT_THAT(error({{"target", "qpos[0:2]"},
                     {"dist", "box_outside"},
                     {"low", -1},
                     {"high", 1},
                     {"min_norm", 5}}),
              HasSubstr("min_norm"));
  EXPECT_THAT(error({{"target", "qpos[40]"}, {"dist", "normal"}, {"std", 1}}), HasSubstr("T004"));
}

// Breaks if a keyframe no longer is the start of episodes.
TEST_F(MujocoWorldTest, KeyframeIsTheStart) {
  LiveWorld live = Live(1, {}, {{"keyframe", "left"}});
  live.Reset(0, 1);
  EXPECT_THAT(Copy(live.Row("qpos")), ElementsAre(-1, .5, 1, 0, .1, 1, 0, 0, 0));
  EXPECT_THAT(LoadError(Fields({{"q", "qpos"}}), {}, {{"keyframe", "lfet"}}), HasSubstr("`left`"));
}

// Breaks if a restored environment differs from the one that was saved in any later bit.
TEST_F(MujocoWorldTest, SnapshotContinuesExactly) {
  LiveWorld live = Live(2), other = Live(3);
  live.Reset(0, 5);
  live.Reset(1, 6);
  other.Reset(2, 9);
  live.action = {0.9, 0.2, 0, 0};
  for (int i = 0; i < 50; ++i) live.Step();
  std::vector<std::byte> bytes(live.world->snapshot_bytes());
  live.world->Save(0, bytes.data());
  other.world->Load(2, bytes.data());
  other.action = {0, 0, 0, 0, 0.9, 0.2};
  other.Reset(0, 1);
  other.Reset(1, 1);
  for (int i = 0; i < 200; ++i) {
    live.Step();
    other.Step();
  }
  EXPECT_EQ(Copy(live.Row("qpos", 0)), Copy(other.Row("qpos", 2)));
  EXPECT_EQ(Copy(live.Row("qvel", 0)), Copy(other.Row("qvel", 2)));
}

// Breaks if one diverging environment stops the process, writes a log, touches its neighbours, or
// hands out its broken numbers.
TEST_F(MujocoWorldTest, DivergenceIsAFaultOfThatEnvironmentOnly) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_);
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  LiveWorld live = Live(3), alone = Live(1);
  for (int env = 0; env < 3; ++env) live.Reset(env, 7);
  alone.Reset(0, 7);
  live.action = {0, std::nan(""), 0, 1e300, 0.5, 0};
  alone.action = {0.5, 0};
  for (int i = 0; i < 5; ++i) {
    live.Step();
    alone.Step();
    for (const char* field : {"qpos", "qvel"}) {
      for (int env = 0; env < 3; ++env) {
        for (double x : live.Row(field, env)) ASSERT_TRUE(std::isfinite(x));
      }
    }
  }
  EXPECT_THAT(live.fault, ElementsAre(1, 1, 0));
  EXPECT_THAT(live.world->FaultReason(0), HasSubstr("action 1 is not a usable number"));
  EXPECT_THAT(live.world->FaultReason(1),
              AllOf(HasSubstr("is not a usable number"), HasSubstr("t = ")));
  EXPECT_EQ(live.world->FaultReason(2), "");
  EXPECT_EQ(Copy(live.Row("qpos", 2)), Copy(alone.Row("qpos")));
  // A reset makes it whole again.
  live.fault = {0, 0, 0};
  live.Reset(1, 7);
  live.action = {0, 0, 0.5, 0, 0.5, 0};
  for (int i = 0; i < 5; ++i) live.Step();
  EXPECT_EQ(live.fault[1], 0);
  EXPECT_EQ(Copy(live.Row("qpos", 1)), Copy(alone.Row("qpos")));
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_FALSE(std::filesystem::exists("MUJOCO_LOG.TXT"));
  std::filesystem::current_path(before);
}

// Breaks if an error inside the engine (here: its memory is too small for the contacts) ends the
// process.
TEST_F(MujocoWorldTest, EngineErrorIsAFault) {
  std::string crowd =
      "<mujoco><size memory=\"40K\"/><worldbody><geom type=\"plane\" size=\"5 5 1\"/>";
  for (int i = 0; i < 40; ++i) {
    crowd += "<body pos=\"" + std::to_string(0.15 * (i % 8)) + " " +
             std::to_string(0.15 * (i / 8)) +
             " .09\"><freejoint/><geom type=\"box\" size=\".1 .1 .1\"/></body>";
  }
  crowd +=
      "<body pos=\"0 0 3\"><joint name=\"j\" type=\"slide\"/><geom size=\".1\"/></body>"
      "</worldbody><actuator><motor joint=\"j\"/></actuator></mujoco>";
  auto model = Load(Fields({{"qpos", "qpos[0]"}}), {}, {}, crowd.c_str());
  ASSERT_TRUE(model) << Format(model.error());
  LiveWorld live(*model, 1);
  for (int again = 0; again < 2; ++again) {
    live.fault[0] = 0;
    live.Reset(0, 1);
    live.Step();
    EXPECT_EQ(live.fault[0], 1);
    EXPECT_THAT(live.world->FaultReason(0), HasSubstr("out of memory"));
  }
}

// Breaks if a model that cannot be used is not refused with its file, line and reason.
TEST_F(MujocoWorldTest, UnusableModelsAreRefusedWithTheirPlace) {
  const auto fields = Fields({{"qpos", "qpos"}});
  EXPECT_THAT(LoadError(fields, {}, {{"model", "nowhere.xml"}}),
              AllOf(HasSubstr("I001"), HasSubstr("nowhere.xml")));
  EXPECT_THAT(LoadError(fields, {}, {}, "<mujoco>\n  <worldbody>\n    <geom size='.1'\n</mujoco>"),
              AllOf(HasSubstr("T020"), HasSubstr("model.xml:3")));
  EXPECT_THAT(LoadError(fields, {}, {},
                        "<mujoco>\n  <worldbody>\n    <gem size='.1'/>\n  </worldbody></mujoco>"),
              AllOf(HasSubstr("model.xml:3"), HasSubstr("gem")));
  EXPECT_THAT(
      LoadError(fields, {}, {},
                "<mujoco><worldbody><body><joint/><geom size='-1'/></body></worldbody></mujoco>"),
      HasSubstr("T020"));
  EXPECT_THAT(LoadError(fields, {}, {}, "<mujoco><worldbody><geom size='1'/></worldbody></mujoco>"),
              HasSubstr("no actuator"));
  EXPECT_THAT(LoadError(fields, {}, {{"frame_skipp", 4}}), HasSubstr("`frame_skip`"));
  EXPECT_THAT(LoadError(fields, {}, {{"frame_skip", 0.5}}), HasSubstr("whole number"));
  EXPECT_THAT(LoadError(fields, {}, {{"frame_skip", 0}}), HasSubstr("whole number"));
  EXPECT_THAT(LoadError(fields, {}, {}, "<mujoco><option timestep='0'/></mujoco>"),
              HasSubstr("timestep"));
}

// Breaks if the model's hash ignores the model, or depends on where it lies.
TEST_F(MujocoWorldTest, HashFollowsTheModelsBytes) {
  const std::string first = Live(1).model->spec().model_hash;
  const auto moved = folder_ / "elsewhere";
  std::filesystem::create_directories(moved);
  std::filesystem::copy(folder_ / "model.xml", moved / "model.xml");
  EXPECT_EQ(Live(1, {}, {{"model", (moved / "model.xml").string()}}).model->spec().model_hash,
            first);
  std::string changed = kTestModel;
  changed.replace(changed.find("0.005"), 5, "0.004");
  EXPECT_NE(Live(1, {}, {}, changed.c_str()).model->spec().model_hash, first);
}

}  // namespace
}  // namespace carrot
