// Loading tasks: what a task.lua may say, and how a mistake in it is reported.
#include "envs/task/task_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/base/paths.h"
#include "engine/core/vector_env.h"
#include "envs/all/worlds.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

// A folder of its own for each test.
class TaskCatalog : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              (std::string("carrot_task_") +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Write(const std::string& text, const std::string& name = "task.lua") {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  Diagnostics ErrorsOf(const std::string& text) {
    auto task = LoadTask(Write(text), AllWorlds());
    EXPECT_FALSE(task.has_value());
    return task ? Diagnostics{} : task.error();
  }

  fs::path folder_;
};

constexpr char kGood[] = R"lua(
return task {
  doc = "Keep the pole up.",
  world = cartpole {},
  horizon = 20,
  params = { far = param { 0.5, min = 0, max = 2, unit = "m", doc = "distance that counts" } },
  fields = {
    b = { doc = "reads a, although it is written first", fn = function(s) return s.a * 2 end },
    a = { doc = "distance", unit = "m", fn = function(s) return math.abs(s.x) end },
    both = { doc = "a vector", names = { "one", "two" }, fn = function(s) return { s.a, s.b } end },
    leaning = { doc = "a flag", dtype = "bool", fn = function(s) return s.theta > 0 end },
  },
  observation = { "x", { "theta", scale = 10 }, "both[1]", { "a", clip = 0.01 } },
  termination = { gone = function(s) return s.a > 2.4 end,
                  tipped = function(s) return math.abs(s.theta) > 0.5 end },
  success = { doc = "near the start at the end", when = "end",
              memory = { x0 = function(s) return s.x end, seen = 0 },
              fn = function(s, a, p, m) return s.step == s.horizon and math.abs(s.x - m.x0) < p.far end },
  metrics = { distance = { "a", over = "max", unit = "m" },
              lean = { over = "mean", fn = function(s) return math.abs(s.theta) end } },
}
)lua";

// Without it derived fields, vectors, memory, metrics or parameters of a task could be bound
// wrongly.
TEST_F(TaskCatalog, EverythingInATaskFileWorks) {
  auto task = LoadTask(Write(kGood), AllWorlds(), {.params = {{"far", 1.5}}});
  ASSERT_TRUE(task.has_value()) << Format(task.error());
  const TaskSpec& spec = (*task)->spec();
  EXPECT_EQ(spec.name, folder_.filename());
  EXPECT_EQ(spec.params[0].value, 1.5);
  EXPECT_EQ(spec.observation_size, 4);
  EXPECT_THAT(spec.causes, ::testing::ElementsAre("gone", "tipped"));
  ThreadPool pool(1);
  auto env = VectorEnv::Create(*task, nullptr, pool, {.num_envs = 1, .seed = 1});
  ASSERT_TRUE(env.has_value()) << Format(env.error());
  (*env)->Reset();
  const StateBatch& state = (*env)->state();
  const int x = spec.state.Find("x"), both = spec.state.Find("both"),
            theta = spec.state.Find("theta");
  bool ended = false;
  for (int i = 0; i < 20 && !ended; ++i) {
    const double position = state.Next<double>(x)[0][0];
    EXPECT_EQ(state.Next<double>(both)[0][0], std::abs(position));
    EXPECT_EQ(state.Next<double>(both)[0][1], 2 * std::abs(position));
    EXPECT_EQ((*env)->obs()[1], 10 * state.Next<double>(theta)[0][0]);
    EXPECT_EQ((*env)->obs()[2], 2 * std::abs(position));
    EXPECT_LE((*env)->obs()[3], 0.01);
    // Falls with the pole: enough to balance it for 20 steps.
    (*env)->Step(std::vector<double>{state.Next<double>(theta)[0][0] > 0 ? 1.0 : 0.0});
    ended = !(*env)->finished().empty();
  }
  ASSERT_TRUE(ended);
  const EpisodeSummary& episode = (*env)->finished()[0];
  EXPECT_EQ(episode.cause, "time_limit");
  EXPECT_TRUE(episode.success);
  EXPECT_GT(episode.metrics[0], 0);
  EXPECT_TRUE((*env)->TakeErrors().empty());
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

struct Mistake {
  const char* from;
  const char* to;
  const char* code;
  const char* message;  // part of it
  const char* help;     // part of any help, or ""
  int line;
};

// Each mistake a user is likely to make in a task file: the code, the words and the line.
TEST_F(TaskCatalog, MistakesAreReportedWhereTheyAre) {
  const Mistake mistakes[] = {
      {"world = cartpole {}", "world = cartpol {}", "R011", "cartpol", "cartpole", 4},
      {"horizon = 20", "horizn = 20", "R020", "horizn", "horizon", 5},
      {"\"theta\", scale", "\"thet\", scale", "R012", "thet", "theta", 13},
      {"both[1]", "both[7]", "T004", "both", "0 to 1", 13},
      {"s.a > 2.4", "s.aa > 2.4", "R012", "aa", "", 14},
      {"when = \"end\"", "when = \"sometimes\"", "T008", "sometimes", "", 16},
      {"over = \"max\"", "over = \"maximum\"", "T008", "maximum", "", 19},
      {"fn = function(s) return math.abs(s.x) end", "fn = function(s) return s.b end", "T012",
       "needs itself", "circle", 8},
      {"dtype = \"bool\"", "dtype = \"boolean\"", "T002", "boolean", "bool", 11},
      {"\"a\", over", "\"aaa\", over", "R012", "aaa", "", 19},
      {"doc = \"Keep the pole up.\",", "", "R022", "doc", "", 2},
  };
  for (const Mistake& mistake : mistakes) {
    const Diagnostics errors = ErrorsOf(Replaced(kGood, mistake.from, mistake.to));
    ASSERT_FALSE(errors.empty()) << mistake.to;
    const std::string text = Format(errors);
    EXPECT_EQ(errors[0].code, mistake.code) << text;
    EXPECT_THAT(text, ::testing::HasSubstr(mistake.message));
    EXPECT_THAT(text, ::testing::HasSubstr(mistake.help));
    EXPECT_EQ(errors[0].where.line, mistake.line) << text;
  }
}

// Without it an unknown name would give no way on.
TEST_F(TaskCatalog, UnknownNamesGetASuggestion) {
  auto task = LoadTask("hoper", AllWorlds());
  ASSERT_FALSE(task.has_value());
  EXPECT_EQ(task.error()[0].code, "T003");
  EXPECT_THAT(Format(task.error()), ::testing::HasSubstr("did you mean `hopper`"));
  task = LoadTask("./nowhere/task.lua", AllWorlds());
  ASSERT_FALSE(task.has_value());
  EXPECT_EQ(task.error()[0].code, "I001");
  task = LoadTask(Write(kGood), AllWorlds(), {.params = {{"fra", 1}}});
  ASSERT_FALSE(task.has_value());
  EXPECT_EQ(task.error()[0].code, "T007");
  EXPECT_THAT(Format(task.error()), ::testing::HasSubstr("did you mean `far`"));
}

// Without it a missing or broken model would be reported without a place or crash the engine.
TEST_F(TaskCatalog, MissingAndMalformedModelsAreReported) {
  const std::string text = R"lua(return task {
  doc = "x", horizon = 10,
  world = mujoco { model = "robot.xml" },
  fields = { qpos = { "qpos", doc = "positions" } },
  observation = { "qpos" },
  success = { doc = "never", fn = function(s) return false end },
})lua";
  Diagnostics errors = ErrorsOf(text);
  EXPECT_EQ(errors[0].code, "I001") << Format(errors);
  Write("<mujoco><worldbody><body></mujoco>", "robot.xml");
  errors = ErrorsOf(text);
  EXPECT_EQ(errors[0].code, "T020") << Format(errors);
  EXPECT_THAT(Format(errors), ::testing::HasSubstr("robot.xml"));
  errors = ErrorsOf(Replaced(text, "\"robot.xml\"", "asset \"gymnasium:nothing.xml\""));
  EXPECT_EQ(errors[0].code, "T006") << Format(errors);
  EXPECT_EQ(errors[0].where.line, 3);
}

// Without it a failing task function would be blamed on the reward or stop the batch.
TEST_F(TaskCatalog, AFailingTaskFunctionIsAnEnvironmentFault) {
  auto task = LoadTask(
      Write(Replaced(kGood, "return s.a > 2.4", "return s.step > 3 and s.both[s.step] > 1")),
      AllWorlds());
  ASSERT_TRUE(task.has_value()) << Format(task.error());
  ThreadPool pool(1);
  auto env = VectorEnv::Create(*task, nullptr, pool, {.num_envs = 2, .seed = 1});
  ASSERT_TRUE(env.has_value());
  (*env)->Reset();
  for (int i = 0; i < 4; ++i) (*env)->Step(std::vector<double>{0, 1});
  EXPECT_EQ((*env)->fault()[0], 1);
  ASSERT_EQ((*env)->finished().size(), 2u);
  EXPECT_EQ((*env)->finished()[0].cause, "fault");
  const Diagnostics errors = (*env)->TakeErrors();
  ASSERT_FALSE(errors.empty());
  EXPECT_THAT(Format(errors), ::testing::HasSubstr("task.lua:14"));
}

}  // namespace
}  // namespace carrot
