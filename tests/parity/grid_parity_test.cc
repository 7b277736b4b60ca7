// Agreement with recorded episodes of MiniGrid 3.2.0, bit for bit: the boards that a seed gives,
// and what every step does and shows.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <regex>

#include "engine/core/vector_env.h"
#include "envs/grid/grid_rules.h"
#include "envs/task/task_catalog.h"
#include "rewards/host/lua_reward.h"
#include "rewards/host/reward_catalog.h"
#include "tests/parity/grid_recordings.h"

namespace carrot {
namespace {

// Skips the test when there is nothing to compare with, which CI does not accept.
#define CARROT_NEED_GRID_RECORDINGS(folder)                                                \
  if ((folder).empty()) {                                                                  \
    const char* ci = std::getenv("CARROT_CI");                                             \
    if (ci != nullptr && std::string(ci) == "1") FAIL() << "no MiniGrid recordings in CI"; \
    GTEST_SKIP() << "no MiniGrid recordings: set CARROT_PARITY_DIR";                       \
  }

// How task.lua would ask for the world of an id; nothing if its generator does not exist (yet).
std::optional<WorldRequest> RequestOf(const std::string& id) {
  static const std::regex kEmpty("MiniGrid-Empty-(Random-)?(\\d+)x\\d+-v0");
  static const std::regex kDoorKey("MiniGrid-DoorKey-(\\d+)x\\d+-v0");
  WorldRequest request;
  std::smatch match;
  if (std::regex_match(id, match, kEmpty)) {
    request.options = {
        {"1", "empty"}, {"size", std::stoi(match[2])}, {"random_start", match[1].matched}};
  } else if (std::regex_match(id, match, kDoorKey)) {
    request.options = {{"1", "doorkey"}, {"size", std::stoi(match[1])}};
  } else {
    return std::nullopt;
  }
  return request;
}

// One env of a world, read through its published fields.
class PublishedGrid {
 public:
  explicit PublishedGrid(const WorldRequest& request)
      : model_(MakeGridModel(request).value()),
        world_(model_->NewWorld(1)),
        batch_(model_->spec().state, 1) {}

  void Start(const GridEpisode& episode) {
    if (episode.seed) {
      world_->Reset(0, *episode.seed, batch_);
    } else {
      dynamic_cast<GridWorld&>(*world_).SetLayout(0, episode.start, batch_);
    }
  }
  void Step(double action) {
    uint8_t fault = 0;
    batch_.Flip();
    world_->Step({0, 1}, &action, batch_, &fault);
    ASSERT_EQ(fault, 0);
  }
  std::vector<uint8_t> Bytes(const std::string& name) const {
    const auto row = batch_.Next<uint8_t>(batch_.spec().Find(name))[0];
    return {row.begin(), row.end()};
  }
  uint8_t Byte(const std::string& name) const { return Bytes(name).at(0); }
  std::array<int, 3> Pose() const {
    const auto position = Bytes("agent_pos");
    return {position[0], position[1], Byte("direction")};
  }
  GridLayout Layout() const {
    const auto position = Bytes("agent_pos");
    return {Bytes("cells"), {position[0], position[1]}, Byte("direction"), Byte("carrying")};
  }

 private:
  std::shared_ptr<const WorldModel> model_;
  std::unique_ptr<World> world_;
  StateBatch batch_;
};

std::optional<GridTriple> TripleOf(CellCode carrying) {
  if (carrying == kEmptyCell) return std::nullopt;
  const CellInfo& cell = kCells[carrying];
  return GridTriple{static_cast<int>(cell.object), static_cast<int>(cell.color), cell.state};
}

void ExpectSameStart(const PublishedGrid& grid, const GridEpisode& episode) {
  const GridLayout mine = grid.Layout();
  EXPECT_EQ(mine.cells, episode.start.cells);
  EXPECT_EQ(mine.agent, episode.start.agent);
  EXPECT_EQ(mine.direction, episode.start.direction);
  EXPECT_EQ(mine.carrying, episode.start.carrying);
}

// Without it, a seed could give another board than the reference's, and results could not be
// compared.
TEST(GridParity, SeedsGiveTheReferencesBoards) {
  const auto folder = FindGridRecordings();
  CARROT_NEED_GRID_RECORDINGS(folder);
  std::map<std::string, int> compared;
  for (const GridEpisode& start : LoadGridStarts(folder)) {
    const auto request = RequestOf(start.id);
    if (!request) continue;
    SCOPED_TRACE(start.id + " seed " + std::to_string(*start.seed));
    PublishedGrid grid(*request);
    grid.Start(start);
    ExpectSameStart(grid, start);
    ++compared[start.id];
  }
  EXPECT_GE(compared.size(), 10u);
  for (const auto& [id, count] : compared) EXPECT_GE(count, 10) << id;
}

// Without it, the published state of a whole recorded episode (observation, pose, hands, ends)
// could differ from the reference's, from the seed on.
TEST(GridParity, EpisodesEqualTheReference) {
  const auto folder = FindGridRecordings();
  CARROT_NEED_GRID_RECORDINGS(folder);
  int steps = 0, from_seed = 0;
  for (const std::string& id : RecordedGridIds(folder)) {
    const auto request = RequestOf(id);
    if (!request) continue;
    PublishedGrid grid(*request);
    for (const GridEpisode& episode : LoadGridEpisodes(folder, id)) {
      SCOPED_TRACE(id + (episode.seed ? " seed " + std::to_string(*episode.seed) : ""));
      grid.Start(episode);
      from_seed += episode.seed.has_value();
      ExpectSameStart(grid, episode);
      ASSERT_EQ(grid.Bytes("image"), episode.first_image);
      for (size_t t = 0; t < episode.actions.size(); ++t, ++steps) {
        grid.Step(episode.actions[t]);
        ASSERT_EQ(grid.Bytes("image"), episode.image[t]) << "step " << t;
        ASSERT_EQ(grid.Pose(), episode.pose[t]) << "step " << t;
        ASSERT_EQ(TripleOf(grid.Byte("carrying")), episode.carrying[t]) << "step " << t;
        ASSERT_EQ(grid.Byte("at_goal") || grid.Byte("in_lava"), episode.terminated[t]);
      }
    }
  }
  std::printf("%d steps, %d episodes from their seed\n", steps, from_seed);
  EXPECT_GT(steps, 2500);
  EXPECT_GT(from_seed, 10);
}

// Without it, rules that Empty and DoorKey never use (boxes, balls, lava, dropped things, doors of
// all colours, views into other rooms) could be wrong. Each family's recorded episodes are replayed
// from their starting boards; left out are those with rules of their own (moving balls; pickup that
// means toggle).
TEST(GridParity, RulesHoldInEveryRecordedFamily) {
  const auto folder = FindGridRecordings();
  CARROT_NEED_GRID_RECORDINGS(folder);
  int steps = 0, families = 0;
  for (const std::string& id : RecordedGridIds(folder)) {
    if (id.find("Dynamic") != std::string::npos || id.find("Memory") != std::string::npos) continue;
    ++families;
    for (const GridEpisode& episode : LoadGridEpisodes(folder, id)) {
      SCOPED_TRACE(id);
      const GridShape shape = {episode.width, episode.height};
      std::vector<std::byte> memory(Board::Bytes(shape));
      Board board(shape, memory.data());
      board.Clear(0);
      for (int i = 0; i < shape.cells(); ++i) {
        board.Set(i % shape.width, i / shape.width, episode.start.cells[i]);
      }
      board.PutAgent(episode.start.agent.x, episode.start.agent.y, episode.start.direction);
      board.state().carrying = episode.start.carrying;
      std::vector<uint8_t> image(kGridImageBytes);
      for (size_t t = 0; t < episode.actions.size(); ++t, ++steps) {
        StepBoard(board, static_cast<GridAction>(episode.actions[t]));
        ObserveBoard(board, episode.see_through, image.data());
        ASSERT_EQ(image, episode.image[t]) << "step " << t;
        const BoardState& state = board.state();
        const std::array<int, 3> pose = {state.agent.x, state.agent.y, state.direction};
        ASSERT_EQ(pose, episode.pose[t]) << "step " << t;
        ASSERT_EQ(TripleOf(state.carrying), episode.carrying[t]) << "step " << t;
      }
    }
  }
  std::printf("%d steps of %d families\n", steps, families);
  EXPECT_GE(families, 4);
  EXPECT_GT(steps, 2500);
}

const WorldRegistry& GridOnly() {
  static const WorldRegistry worlds = [] {
    WorldRegistry registry("world");
    registry.Add("grid", MakeGridModel);
    return registry;
  }();
  return worlds;
}

// The shipped task of an id with its gym reward; null for ids that no task has.
std::unique_ptr<VectorEnv> ShippedTask(const std::string& id, ThreadPool& pool) {
  const auto task = LoadTask(id, GridOnly());
  if (!task) return nullptr;
  const auto path = FindReward("gym", (*task)->spec());
  EXPECT_TRUE(path.has_value()) << (path ? "" : Format(path.error()));
  const auto reward = LoadReward(*path, (*task)->spec());
  EXPECT_TRUE(reward.has_value()) << (reward ? "" : Format(reward.error()));
  auto env = VectorEnv::Create(*task, *reward, pool, {.autoreset = false});
  EXPECT_TRUE(env.has_value()) << (env ? "" : Format(env.error()));
  return std::move(*env);
}

// Replays an episode; returns the number of steps.
int ReplayTask(VectorEnv& env, const GridEpisode& episode) {
  env.Reset();
  auto& world = dynamic_cast<GridWorld&>(env.world());
  if (episode.seed) {
    world.Reset(0, *episode.seed, env.mutable_state());
  } else {
    world.SetLayout(0, episode.start, env.mutable_state());
  }
  const int image = env.state().spec().Find("image");
  for (size_t t = 0; t < episode.actions.size(); ++t) {
    const double action = episode.actions[t];
    env.Step({&action, 1});
    const auto pixels = env.state().Next<uint8_t>(image)[0];
    EXPECT_EQ(std::vector<uint8_t>(pixels.begin(), pixels.end()), episode.image[t]) << t;
    EXPECT_EQ(env.reward()[0], episode.reward[t]) << t;
    EXPECT_EQ(env.terminated()[0] != 0, episode.terminated[t]) << t;
    // The reference may say both; then Carrot counts the episode as terminated.
    EXPECT_EQ(env.truncated()[0] != 0, episode.truncated[t]) << t;
    if (::testing::Test::HasFailure()) break;
  }
  return static_cast<int>(episode.actions.size());
}

// Without it, the shipped tasks could end, or pay, other than the reference: time limits,
// termination, observation and the reward script are in task.lua and gym.lua, which the tests above
// do not read.
TEST(GridParity, ShippedTasksEqualTheReference) {
  const auto folder = FindGridRecordings();
  CARROT_NEED_GRID_RECORDINGS(folder);
  ThreadPool pool(1);
  int tasks = 0, steps = 0;
  for (const std::string& id : RecordedGridIds(folder)) {
    const auto env = ShippedTask(id, pool);
    if (env == nullptr) continue;
    SCOPED_TRACE(id);
    ++tasks;
    for (const GridEpisode& episode : LoadGridEpisodes(folder, id)) {
      ASSERT_EQ(env->task().spec().horizon, episode.max_steps);
      steps += ReplayTask(*env, episode);
      ASSERT_FALSE(HasFailure());
    }
    EXPECT_EQ(env->task().spec().observation_size, 49 * (11 + 6 + 3) + 4);
  }
  std::printf("%d steps of %d tasks\n", steps, tasks);
  EXPECT_GE(tasks, 2);
}

}  // namespace
}  // namespace carrot
