// What the mouse finds in a picture, and what is drawn beside a row.
#include <algorithm>
#include <cmath>

#include "tests/gui/render/fixture.h"

namespace carrot::test {
namespace {

using TouchTest = DrawingTest;

int BodyNamed(const SceneView& view, const std::string& name) {
  const std::vector<std::string> names = view.BodyNames();
  return static_cast<int>(std::find(names.begin(), names.end(), name) - names.begin());
}

// Without it: labels, trails and arrows could be drawn beside what they speak of, and a double
// click select another body than the one under it.
TEST_F(TouchTest, PlacesInThePictureAreThoseOfTheBodies) {
  const WorldTask task = BallTask();
  Row row(task);
  row.Field<double>("qpos")[1] = 0.4;
  auto view = View(task);
  const Image image = DrawScene(*view, row.scene(), 320, 200);
  const Found red = FindRed(image);
  double world[3], share[2];
  const int ball = BodyNamed(*view, "ball");
  ASSERT_TRUE(view->Locate(row.scene(), {.body = ball}, world));
  EXPECT_NEAR(world[1], 0.4, 1e-9);
  ASSERT_TRUE(view->Project(world, share));
  EXPECT_NEAR(share[0] * 320, red.x, 4);
  EXPECT_NEAR(share[1] * 200, red.y, 6);
  const ScenePick pick = view->Pick(share[0], share[1]);
  EXPECT_EQ(pick.body, ball);
  EXPECT_NEAR(std::hypot(pick.at[0], pick.at[1], pick.at[2]), 0.3, 0.01) << "on its surface";
  EXPECT_EQ(view->Pick(0.02, 0.98).body, 0) << "the floor is nobody";
}

// Without it: a pull could have no strength, or go another way than the mouse.
TEST_F(TouchTest, ADragPullsWhereTheMouseGoes) {
  const WorldTask task = BallTask();
  Row row(task);
  auto view = View(task);
  DrawScene(*view, row.scene());
  const ScenePick pick{.body = BodyNamed(*view, "ball")};
  ASSERT_TRUE(view->Grab(pick));
  const BodyPull still = view->Drag(0, 0, SceneView::Pull::kUpright, false);
  EXPECT_NEAR(still.to[2], 1, 1e-6);
  EXPECT_GT(still.mass, 0);
  const BodyPull up = view->Drag(0, -0.2, SceneView::Pull::kUpright, false);
  EXPECT_GT(up.to[2], 1.05);
  const BodyPull turned = view->Drag(0.2, 0, SceneView::Pull::kUpright, true);
  EXPECT_TRUE(turned.turn);
  EXPECT_LT(std::abs(turned.quat[0]), 0.9999);
  EXPECT_FALSE(view->Grab({}));
}

// Without it: taking hold of the automatic camera would jump to another place.
TEST_F(TouchTest, TheCameraThatIsTakenSeesTheSame) {
  const WorldTask task = BallTask();
  Row row(task);
  auto view = View(task);
  const Found before = FindRed(DrawScene(*view, row.scene()));
  const SceneCamera camera = view->Camera();
  EXPECT_EQ(camera.kind, SceneCamera::Kind::kFollow) << "it can leave: it is followed";
  ASSERT_TRUE(view->SetCamera(camera));
  const Found after = FindRed(DrawScene(*view, row.scene()));
  EXPECT_NEAR(after.x, before.x, 1);
  EXPECT_NEAR(after.count, before.count, 0.02 * before.count);
  ASSERT_TRUE(view->SetCamera({.kind = SceneCamera::Kind::kNamed, .name = "above"}));
  const Found above = FindRed(DrawScene(*view, row.scene()));
  ASSERT_TRUE(view->SetCamera(view->Camera()));
  EXPECT_NEAR(FindRed(DrawScene(*view, row.scene())).count, above.count, 0.1 * above.count);
}

// Without it: a ghost could hide the agent, or not be there.
TEST_F(TouchTest, GhostsAreTranslucentAndElsewhere) {
  const WorldTask ball = BallTask();
  Row row(ball), other(ball);
  other.Field<double>("qpos")[0] = 0.9;
  auto view = View(ball);
  const Image alone = DrawScene(*view, row.scene());
  SceneRow both = row.scene();
  both.ghosts.push_back(other.scene());
  const Image image = DrawScene(*view, both);
  EXPECT_NE(image.rgb, alone.rgb);
  EXPECT_NEAR(FindRed(image).count, FindRed(alone).count, 0.2 * FindRed(alone).count);

  const WorldTask grid = GridTask("empty", 6);
  Row here(grid), there(grid);
  there.Field<uint8_t>("agent_pos")[0] = 4;
  auto board = View(grid);
  SceneRow two = here.scene();
  two.ghosts.push_back(there.scene());
  EXPECT_NE(DrawScene(*board, two).rgb, DrawScene(*board, here.scene()).rgb);

  const WorldTask cart = CartPoleTask();
  Row one(cart), far(cart);
  far.Field<double>("x")[0] = 1.5;
  auto track = View(cart);
  SceneRow carts = one.scene();
  carts.ghosts.push_back(far.scene());
  EXPECT_NE(DrawScene(*track, carts).rgb, DrawScene(*track, one.scene()).rgb);
}

// Without it: a click could paint another cell than the one under it.
TEST_F(TouchTest, CellsLieWhereTheyAreDrawn) {
  const WorldTask task = GridTask("empty", 6);
  Row row(task);
  auto view = View(task);
  const Image image = DrawScene(*view, row.scene(), 320, 200);
  const Found agent = FindRed(image);
  const SceneBoard board = view->Board();
  EXPECT_EQ(board.columns, 6);
  EXPECT_EQ(static_cast<int>((agent.x / 320 - board.left) / board.cell_width), 1);
  EXPECT_EQ(static_cast<int>((agent.y / 200 - board.top) / board.cell_height), 1);
  double world[3], share[2];
  ASSERT_TRUE(view->Locate(row.scene(), {}, world));
  ASSERT_TRUE(view->Project(world, share));
  EXPECT_NEAR(share[0] * 320, agent.x, 4);
  const auto* cells = dynamic_cast<EditableWorld*>(row.world.get());
  ASSERT_NE(cells, nullptr);
  for (const SceneBrush& brush : view->Brushes()) {
    EXPECT_TRUE(dynamic_cast<EditableWorld&>(*row.world).Edit(0, {3, 3, brush.cell})) << brush.name;
  }
}

}  // namespace
}  // namespace carrot::test
