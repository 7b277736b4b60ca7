#include "envs/mujoco/field_plan.h"

#include <gmock/gmock.h>

#include "tests/envs/mujoco/mujoco_test_util.h"

namespace carrot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FieldPlanTest : public MujocoTest {
 protected:
  // The source's numbers after a few steps with both motors on.
  std::vector<double> Values(const std::string& source) {
    auto model = Load(Fields({{"f", source}}));
    if (!model) {
      ADD_FAILURE() << Format(model.error());
      return {};
    }
    live_ = std::make_unique<LiveWorld>(*model, 1);
    live_->Reset(0, 1);
    live_->action = {0.7, 0.3};
    for (int i = 0; i < 5; ++i) live_->Step();
    const auto row = live_->Row("f");
    return {row.begin(), row.end()};
  }
  const mjData* data() { return MjDataOf(*live_->world, 0); }
  const mjModel* model() { return MjModelOf(*live_->world); }
  const FieldSpec& spec() { return live_->model->spec().state[0]; }

  std::unique_ptr<LiveWorld> live_;
};

// Breaks if a source reads another array, another part, or is read at another time.
TEST_F(FieldPlanTest, SourcesAreTheEnginesNumbers) {
  auto check = [&](const char* source, auto expected) {
    const std::vector<double> values = Values(source);
    const std::vector<double> truth = expected();
    EXPECT_EQ(values, truth) << source;
  };
  auto span = [](const double* from, int n) { return std::vector<double>(from, from + n); };
  auto id = [&](int type, const char* name) { return mj_name2id(model(), type, name); };
  check("qpos", [&] { return span(data()->qpos, 9); });
  check("qvel[1:3]", [&] { return span(data()->qvel + 1, 2); });
  check("ctrl", [&] { return std::vector<double>{0.7, 0.3}; });
  check("time", [&] { return std::vector<double>{data()->time}; });
  check("com", [&] { return span(data()->subtree_com, 3); });
  check("cinert[1:]", [&] { return span(data()->cinert + 10, 30); });
  check("cvel[2]", [&] { return span(data()->cvel + 12, 6); });
  check("cfrc_ext[1:3]", [&] { return span(data()->cfrc_ext + 6, 12); });
  check("qfrc_actuator", [&] { return span(data()->qfrc_actuator, 8); });
  check("body:pole.pos", [&] { return span(data()->xpos + 6, 3); });
  check("body:pole.quat", [&] { return span(data()->xquat + 8, 4); });
  check("body:cart.com[0]", [&] { return span(data()->subtree_com + 3, 1); });
  check("site:tip.pos", [&] { return span(data()->site_xpos, 3); });
  check("site:tip.mat", [&] { return span(data()->site_xmat, 9); });
  check("geom:ball_geom.pos",
        [&] { return span(data()->geom_xpos + 3 * id(mjOBJ_GEOM, "ball_geom"), 3); });
  check("joint:hinge.pos", [&] { return span(data()->qpos + 1, 1); });
  check("joint:ball_free.vel", [&] { return span(data()->qvel + 2, 6); });
  check("sensor:tip_pos", [&] { return span(data()->sensordata, 3); });
  check("actuator:push.force", [&] { return span(data()->actuator_force, 1); });
  check("tendon:pull.length", [&] { return span(data()->ten_length, 1); });
  check("tendon:pull.velocity", [&] { return span(data()->ten_velocity, 1); });
}

// Breaks if velocities are taken at another point or in another frame than the documentation says.
TEST_F(FieldPlanTest, BodyVelocityIsThatOfTheFrameOriginInWorldAxes) {
  for (const char* body : {"cart", "pole", "ball"}) {
    const std::string name = std::string("body:") + body;
    const std::vector<double> vel = Values(name + ".vel"), spin = Values(name + ".angvel");
    double truth[6];
    mj_objectVelocity(model(), data(), mjOBJ_XBODY, mj_name2id(model(), mjOBJ_BODY, body), truth,
                      0);
    for (int i = 0; i < 3; ++i) {
      EXPECT_NEAR(spin[i], truth[i], 1e-12) << body;
      EXPECT_NEAR(vel[i], truth[3 + i], 1e-12) << body;
    }
    EXPECT_EQ(Values(name + ".vel[1:]"), std::vector<double>(vel.begin() + 1, vel.end()));
  }
}

// Breaks if contact forces lose their sign, their partner, or are not summed.
TEST_F(FieldPlanTest, ContactForceHoldsTheBall) {
  const double mass = 500 * 4.0 / 3 * mjPI * 1e-3;
  auto settle = [&](const char* source) {
    Values(source);
    for (int i = 0; i < 2000; ++i) live_->Step();
    return live_->Row("f")[0];
  };
  EXPECT_NEAR(settle("contact:ball_geom.force"), mass * 9.81, 0.01 * mass * 9.81);
  EXPECT_NEAR(settle("contact:floor,ball.force"), mass * 9.81, 0.01 * mass * 9.81);
  EXPECT_EQ(settle("contact:ball.count"), 1);
  EXPECT_EQ(settle("contact:cart.count"), 0);
  EXPECT_EQ(settle("contact:floor,pole_geom.force"), 0);
}

// Breaks if shapes or the names that a script writes after the dot change.
TEST_F(FieldPlanTest, ShapesNamesAndUnitsComeFromTheModel) {
  Values("qpos[0:2]");
  EXPECT_THAT(spec().shape, ElementsAre(2));
  EXPECT_THAT(spec().names, ElementsAre("slider", "hinge"));
  EXPECT_THAT(spec().units, ElementsAre("m", "rad"));
  Values("qvel[1]");
  EXPECT_TRUE(spec().is_scalar());
  EXPECT_THAT(spec().units, ElementsAre("rad/s"));
  Values("body:ball.quat");
  EXPECT_THAT(spec().names, ElementsAre("w", "x", "y", "z"));
  Values("cfrc_ext[1:]");
  EXPECT_THAT(spec().shape, ElementsAre(3, 6));
}

// Breaks if a task's own words for a field are ignored or a clip is not applied.
TEST_F(FieldPlanTest, DeclarationsOverrideTheModel) {
  auto fields = nlohmann::json::array({{{"name", "speed"},
                                        {"source", "qvel[0:2]"},
                                        {"names", {"cart", "pole"}},
                                        {"unit", "m/s,rad/s"},
                                        {"doc", "how fast"},
                                        {"role", "observation"},
                                        {"clip", 1e-3}}});
  auto model = Load(fields);
  ASSERT_TRUE(model) << Format(model.error());
  const FieldSpec& spec = (*model)->spec().state[0];
  EXPECT_THAT(spec.names, ElementsAre("cart", "pole"));
  EXPECT_THAT(spec.units, ElementsAre("m/s", "rad/s"));
  EXPECT_EQ(spec.doc, "how fast");
  EXPECT_EQ(spec.role, FieldRole::kObservation);
  LiveWorld live(*model, 1);
  live.Reset(0, 1);
  live.action = {1, -1};
  for (int i = 0; i < 10; ++i) live.Step();
  EXPECT_EQ(live.Row("speed")[0], 1e-3);
}

// Breaks if a slip in a task file is not answered with the name that was meant.
TEST_F(FieldPlanTest, MisspeltSourcesAreAnsweredWithSuggestions) {
  EXPECT_THAT(LoadError(Fields({{"f", "qpso"}})), HasSubstr("did you mean `qpos`?"));
  EXPECT_THAT(LoadError(Fields({{"f", "body:carts.pos"}})),
              AllOf(HasSubstr("field 'f'"), HasSubstr("no body `carts`"),
                    HasSubstr("did you mean `cart`?")));
  EXPECT_THAT(LoadError(Fields({{"f", "bdy:cart.pos"}})), HasSubstr("did you mean `body`?"));
  EXPECT_THAT(LoadError(Fields({{"f", "body:cart.position"}})), HasSubstr("a body has no"));
  EXPECT_THAT(LoadError(Fields({{"f", "contact:bal_geom.force"}})),
              HasSubstr("did you mean `ball_geom`?"));
  EXPECT_THAT(LoadError(Fields({{"f", "contact:ball.froce"}})), HasSubstr("`force`"));
  EXPECT_THAT(LoadError(Fields({{"f", "qpos[3:12]"}})), HasSubstr("9 elements"));
  EXPECT_THAT(LoadError(Fields({{"f", "act"}})), HasSubstr("is empty in this model"));
  EXPECT_THAT(LoadError(nlohmann::json::array({{{"name", 3}, {"source", 4}}})),
              HasSubstr("malformed"));
  EXPECT_THAT(
      LoadError(nlohmann::json::array({{{"name", "f"}, {"source", "qpos"}, {"dtype", "u8"}}})),
      HasSubstr("f64"));
}

// Breaks if a recorded row can no longer be drawn from its fields.
TEST_F(FieldPlanTest, PoseIsReadBackFromFields) {
  auto model = Load(Fields({{"angle", "joint:hinge.pos"}, {"ball", "qpos[2:5]"}}));
  ASSERT_TRUE(model) << Format(model.error());
  LiveWorld live(*model, 2);
  live.Reset(1, 1);
  live.Row("angle", 1)[0] = 0.25;
  live.Row("ball", 1)[2] = 7;
  double qpos[9];
  ASSERT_TRUE(ReadMujocoPose(**model, live.batch.next(), 1, qpos));
  EXPECT_THAT(qpos, ElementsAre(0, 0.25, 1, 0, 7, 1, 0, 0, 0));
}

}  // namespace
}  // namespace carrot
