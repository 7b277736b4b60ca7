#include <unistd.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "gui/render/mujoco_scene.h"
#include "tests/gui/render/fixture.h"

namespace carrot::test {
namespace {

using SceneTest = DrawingTest;

// Without it: a scene could come out blank (no geoms, wrong buffer, all sky) and nobody would
// notice.
TEST_F(SceneTest, MujocoSceneIsNotFlat) {
  const WorldTask task = BallTask();
  Row row(task);
  const Image image = DrawScene(*View(task), row.scene());
  EXPECT_GT(CountColours(image), 200);
  EXPECT_GT(FindRed(image).count, 300);
}

// Without it: the picture could show the start pose for every row. The camera follows the ball over
// the ground but only half of its height, so a higher ball is higher in the picture.
TEST_F(SceneTest, MujocoRobotMovesWithThePose) {
  const WorldTask task = BallTask();
  Row row(task);
  auto view = View(task);
  const Found low = FindRed(DrawScene(*view, row.scene()));
  row.Field<double>("qpos")[2] += 0.5;
  const Found high = FindRed(DrawScene(*view, row.scene()));
  EXPECT_LT(high.y, low.y - 10);
  EXPECT_NEAR(high.x, low.x, 3);
}

// Without it: a robot that runs fifty metres leaves the picture, its light or its floor.
TEST_F(SceneTest, CameraLightAndFloorFollowTheRobot) {
  const WorldTask task = BallTask();
  Row row(task);
  auto view = View(task);
  const Image here = DrawScene(*view, row.scene());
  row.Field<double>("qpos")[0] += 50;
  const Image there = DrawScene(*view, row.scene());
  EXPECT_NEAR(FindRed(there).x, FindRed(here).x, 3);
  EXPECT_NEAR(FindRed(there).count, FindRed(here).count, 0.05 * FindRed(here).count);
  const auto floor_here = here.At(10, here.height - 10),
             floor_there = there.At(10, here.height - 10);
  for (int k = 0; k < 3; ++k) EXPECT_NEAR(floor_here[k], floor_there[k], 30);
}

// Without it: the quality, theme or camera options could be ignored.
TEST_F(SceneTest, OptionsChangeThePicture) {
  const WorldTask task = BallTask();
  Row row(task);
  const Image plain = DrawScene(*View(task), row.scene());
  for (const SceneOptions& options :
       {SceneOptions{.theme = Theme::kDark}, SceneOptions{.quality = SceneQuality::kFast},
        SceneOptions{.camera = {.kind = SceneCamera::Kind::kNamed, .name = "above"}},
        SceneOptions{
            .camera = {.kind = SceneCamera::Kind::kFree, .lookat = {0, 0, 1}, .distance = 9}}}) {
    const Image other = DrawScene(*View(task, options), row.scene());
    EXPECT_NE(other.rgb, plain.rgb);
    EXPECT_GT(FindRed(other).count, 20);
  }
}

// Without it: a misspelt camera would draw something else, or end the program inside MuJoCo.
TEST_F(SceneTest, UnknownCameraIsAnErrorWithASuggestion) {
  const WorldTask task = BallTask();
  const auto view = MakeSceneView(
      task, {.camera = {.kind = SceneCamera::Kind::kNamed, .name = "abvoe"}}, *canvas_);
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error()[0].code, "G011");
  EXPECT_EQ(view.error()[0].help[0], "did you mean `above`?");
}

// Without it: a diverged episode (NaN pose) would end the program inside MuJoCo.
TEST_F(SceneTest, PoseThatIsNotFiniteIsAnError) {
  const WorldTask task = BallTask();
  Row row(task);
  row.Field<double>("qpos")[1] = std::numeric_limits<double>::quiet_NaN();
  auto view = View(task);
  auto target = Framebuffer::Create(64, 64);
  const Status drawn = view->Draw(row.scene(), *target);
  ASSERT_FALSE(drawn);
  EXPECT_EQ(drawn.error()[0].code, "G010");
}

// Without it: a trace without its pose fields would draw garbage or crash on a null column.
TEST_F(SceneTest, MissingPoseFieldIsAnError) {
  const WorldTask task = GridTask("doorkey", 8);
  Row row(task);
  std::vector<void*> columns(row.batch.next().begin(), row.batch.next().end());
  columns[static_cast<size_t>(task.spec().state.Find("agent_pos"))] = nullptr;
  auto view = View(task);
  auto target = Framebuffer::Create(64, 64);
  const Status drawn = view->Draw({.columns = columns}, *target);
  ASSERT_FALSE(drawn);
  EXPECT_EQ(drawn.error()[0].code, "G010");
  EXPECT_NE(drawn.error()[0].message.find("agent_pos"), std::string::npos);
}

// Without it: goldens and `render` twice could differ; state would leak from picture to picture.
TEST_F(SceneTest, RepeatedDrawsAreBitIdentical) {
  const WorldTask tasks[] = {BallTask(), GridTask("doorkey", 8), CartPoleTask()};
  std::vector<Image> first;
  for (int round = 0; round < 3; ++round) {
    for (size_t i = 0; i < std::size(tasks); ++i) {
      Row row(tasks[i]);
      const Image image = DrawScene(*View(tasks[i]), row.scene());
      if (round == 0) first.push_back(image);
      EXPECT_EQ(image.rgb, first[i].rgb) << "world " << i << " round " << round;
    }
  }
}

// Without it: the agent, its direction, a picked-up key or an opened door could be missing from the
// board.
TEST_F(SceneTest, GridShowsAgentDirectionKeyAndDoor) {
  const WorldTask task = GridTask("doorkey", 8);
  Row row(task);
  auto view = View(task);
  std::vector<std::vector<uint8_t>> seen;
  auto draw = [&] { seen.push_back(DrawScene(*view, row.scene(), 400, 400).rgb); };
  draw();
  *row.Field<uint8_t>("direction") ^= 1;
  draw();
  uint8_t* cells = row.Field<uint8_t>("cells");
  for (int i = 0; i < 64; ++i) {
    if (kCells[cells[i]].object != GridObject::kKey) continue;
    *row.Field<uint8_t>("carrying") = cells[i];
    cells[i] = kEmptyCell;
  }
  draw();
  for (int i = 0; i < 64; ++i) {
    if (kCells[cells[i]].object == GridObject::kDoor)
      cells[i] = DoorCell(kCells[cells[i]].color, GridDoor::kClosed);
  }
  draw();
  for (int i = 0; i < 64; ++i) {
    if (kCells[cells[i]].object == GridObject::kDoor) cells[i] = kCells[cells[i]].toggled;
  }
  draw();
  for (size_t a = 0; a < seen.size(); ++a) {
    for (size_t b = a + 1; b < seen.size(); ++b) EXPECT_NE(seen[a], seen[b]) << a << " and " << b;
  }
}

// Without it: the board could be mirrored or turned: x grows to the right and y downward.
TEST_F(SceneTest, GridAgentIsWhereItsPositionSays) {
  const WorldTask task = GridTask("empty", 8);
  Row row(task);
  auto view = View(task);
  for (const auto& [x, y] : {std::pair{1, 1}, {6, 1}, {2, 5}}) {
    row.Field<uint8_t>("agent_pos")[0] = static_cast<uint8_t>(x);
    row.Field<uint8_t>("agent_pos")[1] = static_cast<uint8_t>(y);
    const Found agent = FindRed(DrawScene(*view, row.scene(), 400, 400));
    EXPECT_NEAR(agent.x, 50 * x + 25, 8);
    EXPECT_NEAR(agent.y, 50 * y + 25, 8);
  }
}

// Without it: the cart could stand still, or the pole lean to the wrong side.
TEST_F(SceneTest, CartPoleFollowsCartAndPole) {
  const WorldTask task = CartPoleTask();
  Row row(task);
  auto view = View(task);
  auto pole_at = [&](double x, double theta) {
    *row.Field<double>("x") = x;
    *row.Field<double>("theta") = theta;
    return Find(DrawScene(*view, row.scene(), 600, 300),
                [](auto p) { return p[0] > 200 && p[1] > 120 && p[1] < 190 && p[2] < 60; });
  };
  const Found middle = pole_at(0, 0);
  EXPECT_GT(middle.count, 200);
  EXPECT_NEAR(middle.x, 300, 3);
  EXPECT_NEAR(pole_at(1, 0).x, 400, 3);
  EXPECT_GT(pole_at(0, 0.15).x, middle.x + 4);
  EXPECT_LT(pole_at(0, -0.15).x, middle.x - 4);
}

double ResidentMegabytes() {
  long pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

// Without it: a leaked context, texture or scene a picture would end a long `render` or window
// session.
TEST_F(SceneTest, TwoHundredDrawsDoNotGrowMemory) {
  const WorldTask ball = BallTask(), grid = GridTask("doorkey", 8);
  Row ball_row(ball), grid_row(grid);
  auto draw_all = [&] {
    DrawScene(*View(ball, {.quality = SceneQuality::kFast}), ball_row.scene(), 160, 120);
    DrawScene(*View(grid), grid_row.scene(), 160, 120);
  };
  for (int i = 0; i < 20; ++i) draw_all();
  const double before = ResidentMegabytes();
  for (int i = 0; i < 100; ++i) draw_all();
  EXPECT_LT(ResidentMegabytes() - before, 40);
}

}  // namespace
}  // namespace carrot::test
