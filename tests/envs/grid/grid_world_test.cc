#include "envs/grid/grid_world.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/rng.h"
#include "engine/base/thread_pool.h"
#include "envs/grid/grid_rules.h"
#include "tests/support/allocations.h"

namespace carrot {
namespace {

using enum GridAction;

WorldRequest Request(nlohmann::json options) {
  WorldRequest request;
  request.options = std::move(options);
  return request;
}

struct Grid {
  explicit Grid(nlohmann::json options, int num_envs = 1)
      : model(MakeGridModel(Request(std::move(options))).value()),
        world(model->NewWorld(num_envs)),
        batch(model->spec().state, num_envs),
        fault(num_envs) {}

  void Step(const std::vector<double>& action) {
    batch.Flip();
    world->Step({0, batch.num_envs()}, action.data(), batch, fault.data());
  }
  void Do(std::initializer_list<GridAction> actions) {
    for (GridAction action : actions) Step({static_cast<double>(action)});
  }
  std::vector<int> Get(const std::string& name, int env = 0) const {
    const int field = batch.spec().Find(name);
    EXPECT_GE(field, 0) << name;
    const auto row = batch.Next<uint8_t>(field)[env];
    return {row.begin(), row.end()};
  }
  std::vector<std::byte> Row(int env) const {
    std::vector<std::byte> bytes(2 * batch.row_bytes());
    batch.SaveRows(env, bytes.data());
    return {bytes.begin() + batch.row_bytes(), bytes.end()};
  }
  void SetLayout(const GridLayout& layout) {
    dynamic_cast<GridWorld&>(*world).SetLayout(0, layout, batch);
  }

  std::shared_ptr<const WorldModel> model;
  std::unique_ptr<World> world;
  StateBatch batch;
  std::vector<uint8_t> fault;
};

using Pair = std::vector<int>;

// A 6x6 room: the agent at (1, 1) looks right at the key; the door is two below the key.
GridLayout SmallRoom() {
  GridLayout layout;
  for (int y = 0; y < 6; ++y) {
    for (int x = 0; x < 6; ++x) {
      const bool border = x == 0 || y == 0 || x == 5 || y == 5;
      layout.cells.push_back(border ? WallCell() : kEmptyCell);
    }
  }
  layout.cells[1 * 6 + 2] = KeyCell(GridColor::kYellow);
  layout.cells[3 * 6 + 2] = DoorCell(GridColor::kYellow, GridDoor::kLocked);
  layout.cells[4 * 6 + 4] = GoalCell();
  layout.agent = {1, 1};
  return layout;
}

// Without it, a dense reward could measure to where the key was, or miss that a door was opened or
// closed.
TEST(GridWorld, LandmarksFollowWhatHappens) {
  Grid grid({{"1", "doorkey"}, {"size", 6}});
  grid.SetLayout(SmallRoom());
  EXPECT_EQ(grid.Get("key_pos"), (Pair{2, 1}));
  EXPECT_EQ(grid.Get("door_pos"), (Pair{2, 3}));
  EXPECT_EQ(grid.Get("goal_pos"), (Pair{4, 4}));
  EXPECT_EQ(grid.Get("has_key"), Pair{0});
  grid.Do({kPickUp});
  EXPECT_EQ(grid.Get("has_key"), Pair{1});
  EXPECT_EQ(grid.Get("key_pos"), (Pair{1, 1})) << "carried: where the agent is";
  grid.Do({kForward, kRight});
  EXPECT_EQ(grid.Get("key_pos"), (Pair{2, 1}));
  grid.Do({kForward, kToggle});
  EXPECT_EQ(grid.Get("door_open"), Pair{1});
  grid.Do({kToggle});
  EXPECT_EQ(grid.Get("door_open"), Pair{0});
  grid.Do({kLeft, kDrop});
  EXPECT_EQ(grid.Get("has_key"), Pair{0});
  EXPECT_EQ(grid.Get("key_pos"), (Pair{3, 2}));
  grid.Do({kRight, kRight, kRight, kForward});
  EXPECT_EQ(grid.Get("key_pos"), (Pair{3, 2})) << "dropped: it stays";
}

// Without it, a board that was painted by hand could keep landmarks of before, or the agent be put
// into a wall.
TEST(GridWorld, CellsAreEditedByHand) {
  Grid grid({{"1", "doorkey"}, {"size", 6}});
  grid.SetLayout(SmallRoom());
  auto& world = dynamic_cast<EditableWorld&>(*grid.world);
  EXPECT_EQ(world.columns() * world.rows(), 36);
  ASSERT_TRUE(world.Edit(0, {3, 4, GoalCell()}));
  ASSERT_TRUE(world.Edit(0, {4, 4, kEmptyCell}));
  ASSERT_TRUE(world.Edit(0, {2, 1, WallCell()}));
  EXPECT_EQ(grid.Get("goal_pos"), (Pair{4, 4})) << "published rows stay as they are";
  world.PublishRow(0, grid.batch);
  EXPECT_EQ(grid.Get("goal_pos"), (Pair{3, 4}));
  EXPECT_EQ(grid.Get("key_pos"), (Pair{255, 255})) << "painted over";
  EXPECT_FALSE(world.Edit(0, {2, 1, CellChange::kPutAgent})) << "a wall";
  EXPECT_FALSE(world.Edit(0, {1, 1, WallCell()})) << "the agent stands there";
  EXPECT_FALSE(world.Edit(0, {6, 0, kEmptyCell}));
  EXPECT_FALSE(world.Edit(0, {1, 2, 0}));
  ASSERT_TRUE(world.Edit(0, {3, 3, CellChange::kPutAgent}));
  grid.Do({kRight, kForward});
  EXPECT_EQ(grid.Get("agent_pos"), (Pair{3, 4}));
  EXPECT_EQ(grid.Get("at_goal"), Pair{1});
}

// Without it, the map of what each cell would pay could be of another state than the shown one.
TEST(GridWorld, ARecordedRowIsImaginedWithTheAgentElsewhere) {
  Grid grid({{"1", "doorkey"}, {"size", 6}});
  grid.SetLayout(SmallRoom());
  grid.Do({kPickUp, kRight});
  Grid other({{"1", "doorkey"}, {"size", 6}});
  auto& world = dynamic_cast<EditableWorld&>(*other.world);
  ASSERT_TRUE(world.Imagine(0, grid.batch.next(), 0, 4, 4, other.batch));
  EXPECT_EQ(other.Get("agent_pos"), (Pair{4, 4}));
  EXPECT_EQ(other.Get("at_goal"), Pair{1});
  EXPECT_EQ(other.Get("has_key"), Pair{1}) << "the rest is as it was";
  EXPECT_EQ(other.Get("key_pos"), (Pair{4, 4}));
  EXPECT_EQ(other.Get("direction"), Pair{1});
  EXPECT_FALSE(world.Imagine(0, grid.batch.next(), 0, 0, 0, other.batch)) << "a wall";
  ASSERT_TRUE(world.Imagine(0, grid.batch.next(), 0, 1, 1, other.batch));
  EXPECT_EQ(other.Row(0), grid.Row(0)) << "where it is: the row itself";
}

// Without it, standing on the goal or in lava could go unseen by termination and success.
TEST(GridWorld, FlagsSayWhatTheAgentStandsOn) {
  Grid grid({{"1", "empty"}, {"size", 6}});
  GridLayout layout = SmallRoom();
  layout.cells[1 * 6 + 2] = LavaCell();
  layout.cells[2 * 6 + 1] = GoalCell();
  grid.SetLayout(layout);
  EXPECT_EQ(grid.Get("at_goal")[0] + grid.Get("in_lava")[0], 0);
  grid.Do({kForward});
  EXPECT_EQ(grid.Get("in_lava"), Pair{1});
  EXPECT_EQ(grid.Get("at_goal"), Pair{0});
  grid.SetLayout(layout);
  grid.Do({kRight, kForward});
  EXPECT_EQ(grid.Get("at_goal"), Pair{1});
  EXPECT_EQ(grid.Get("in_lava"), Pair{0});
}

std::vector<double> RandomActions(int num_envs, Rng& rng) {
  std::vector<double> action(num_envs);
  for (double& a : action) a = rng.Below(kGridActions);
  return action;
}

// Without it, results could depend on which worker steps which env.
TEST(GridWorld, WorkersChangeNothing) {
  constexpr int kEnvs = 33;
  std::vector<std::vector<std::byte>> rows[2];
  for (int workers : {1, 4}) {
    Grid grid({{"1", "doorkey"}, {"size", 8}}, kEnvs);
    ThreadPool pool(workers);
    Rng rng(Key(3, RngDomain::kTest));
    pool.ParallelFor(kEnvs, [&](int env, int) { grid.world->Reset(env, 50 + env, grid.batch); });
    for (int t = 0; t < 300; ++t) {
      const auto action = RandomActions(kEnvs, rng);
      grid.batch.Flip();
      pool.ParallelFor(kEnvs, [&](int env, int) {
        grid.world->Step({env, env + 1}, action.data(), grid.batch, grid.fault.data());
      });
    }
    for (int env = 0; env < kEnvs; ++env) rows[workers == 4].push_back(grid.Row(env));
  }
  EXPECT_TRUE(rows[0] == rows[1]);
}

// Without it, a restored env could continue differently: moved things, hands, landmarks, generator.
TEST(GridWorld, SnapshotContinuesExactlyInAnotherWorld) {
  Grid grid({{"1", "doorkey"}, {"size", 8}}), other({{"1", "doorkey"}, {"size", 8}});
  Rng rng(Key(4, RngDomain::kTest));
  grid.world->Reset(0, 11, grid.batch);
  other.world->Reset(0, 12, other.batch);
  for (int round = 0; round < 20; ++round) {
    for (int t = 0; t < 40; ++t) grid.Step(RandomActions(1, rng));
    std::vector<std::byte> bytes(grid.world->snapshot_bytes());
    grid.world->Save(0, bytes.data());
    other.world->Load(0, bytes.data());
    for (int t = 0; t < 10; ++t) {
      const auto action = RandomActions(1, rng);
      grid.Step(action);
      other.Step(action);
      ASSERT_TRUE(grid.Row(0) == other.Row(0));
    }
  }
}

// Without it, values outside their declared ranges would mislead normalisers, lints and readers,
// and a board that no agent can be placed on would hang.
TEST(GridWorld, EveryFieldStaysInItsRangeAtEverySize) {
  for (const char* generator : {"empty", "doorkey"}) {
    for (int size : {5, 6, 7, 9, 16, 25, kMaxGridSize}) {
      Grid grid({{"1", generator}, {"size", size}}, 8);
      Rng rng(Key(size, RngDomain::kTest));
      for (int env = 0; env < 8; ++env) grid.world->Reset(env, env, grid.batch);
      for (int t = 0; t < 100; ++t) {
        grid.Step(RandomActions(8, rng));
        for (const FieldSpec& field : grid.batch.spec().fields()) {
          EXPECT_FALSE(field.doc.empty()) << field.name;
          for (int env = 0; env < 8; ++env) {
            for (int value : grid.Get(field.name, env)) {
              ASSERT_TRUE(value >= field.low && value <= field.high)
                  << generator << " " << size << " " << field.name << " = " << value;
            }
          }
        }
      }
    }
  }
}

// Without it, steps or resets could allocate, which costs time and memory in training.
TEST(GridWorld, StepAndResetAllocateNothing) {
  Grid grid({{"1", "doorkey"}, {"size", 16}}, 4);
  Rng rng(Key(5, RngDomain::kTest));
  const auto action = RandomActions(4, rng);
  for (int env = 0; env < 4; ++env) grid.world->Reset(env, env, grid.batch);
  grid.Step(action);
  const int64_t before = testing::AllocationCount();
  for (int t = 0; t < 100; ++t) {
    grid.Step(action);
    grid.world->Reset(t % 4, t, grid.batch);
  }
  EXPECT_EQ(testing::AllocationCount(), before);
}

// Without it, an action that is no choice could be rounded to one, or be undefined behaviour.
TEST(GridWorld, AnImpossibleActionIsAFault) {
  const std::vector<double> wrong = {7, -1, 1.5, std::nan(""), 1e300, 2};
  Grid grid({{"1", "empty"}}, static_cast<int>(wrong.size()));
  for (size_t env = 0; env < wrong.size(); ++env) {
    grid.world->Reset(static_cast<int>(env), 0, grid.batch);
  }
  grid.Step(wrong);
  for (size_t env = 0; env < wrong.size(); ++env) {
    const bool good = wrong[env] == 2;
    EXPECT_EQ(grid.fault[env], good ? 0 : 1) << wrong[env];
    EXPECT_EQ(grid.Get("agent_pos", static_cast<int>(env)), (Pair{good ? 2 : 1, 1}));
  }
  EXPECT_EQ(grid.world->FaultReason(0),
            "an action is a whole number from 0 (turn left) to 6 (done)");
}

Diagnostic ErrorOf(nlohmann::json options) {
  auto model = MakeGridModel(Request(std::move(options)));
  if (model) {
    ADD_FAILURE() << "was accepted";
    return {};
  }
  return model.error()[0];
}

// Without it, a slip in task.lua would give another world than the one asked for, or a crash.
TEST(GridWorld, SaysWhatIsWrongWithARequest) {
  Diagnostic error = ErrorOf({{"1", "dorkey"}});
  EXPECT_EQ(error.code, "T032");
  EXPECT_EQ(error.message, "there is no grid `dorkey`");
  EXPECT_EQ(error.help[0], "did you mean `doorkey`?");
  for (const auto& nameless :
       {nlohmann::json::object(), nlohmann::json{{"1", 5}}, nlohmann::json()}) {
    error = ErrorOf(nameless);
    EXPECT_EQ(error.code, "T032");
    EXPECT_EQ(error.message, "`grid` needs the name of a generator");
  }
  error = ErrorOf({{"1", "doorkey"}, {"szie", 8}});
  EXPECT_EQ(error.code, "T030");
  EXPECT_EQ(error.message, "`grid \"doorkey\"` has no option `szie`");
  EXPECT_EQ(error.help[0], "did you mean `size`?");
  EXPECT_EQ(ErrorOf({{"1", "doorkey"}, {"2", 8}}).code, "T030");
  for (const nlohmann::json& size :
       std::vector<nlohmann::json>{4, 101, 7.5, -8, 1e300, "8", true}) {
    error = ErrorOf({{"1", "doorkey"}, {"size", size}});
    EXPECT_EQ(error.code, "T031") << size;
    EXPECT_EQ(error.message, "`size = " + size.dump() +
                                 "` of grid \"doorkey\" is not a whole number from 5 to 100");
  }
  error = ErrorOf({{"1", "empty"}, {"random_start", 1}});
  EXPECT_EQ(error.message, "`random_start = 1` of grid \"empty\" is not true or false");
}

// Without it, two different worlds could share the hash that keeps recordings apart.
TEST(GridWorld, OptionsArePartOfTheHash) {
  const auto hash = [](nlohmann::json options) {
    return MakeGridModel(Request(std::move(options))).value()->spec().model_hash;
  };
  EXPECT_EQ(hash({{"1", "doorkey"}}), hash({{"1", "doorkey"}, {"size", 8}}));
  EXPECT_NE(hash({{"1", "doorkey"}}), hash({{"1", "doorkey"}, {"size", 6}}));
  EXPECT_NE(hash({{"1", "doorkey"}}), hash({{"1", "empty"}}));
  EXPECT_NE(hash({{"1", "empty"}}), hash({{"1", "empty"}, {"random_start", true}}));
}

}  // namespace
}  // namespace carrot
