// Mistakes as people make them, one at a time, in a reward that is otherwise right: each must be
// found, on its line, and most with the edit that mends it.
#include <gmock/gmock.h>

#include "engine/core/vector_env.h"
#include "rewards/host/lua_reward.h"
#include "tests/support/toy_task.h"

namespace carrot {
namespace {

constexpr char kScript[] = R"lua(local tolerance = require "tolerance"
local shape = require "shape"

local function closeness(s, goal)
  return 1 / (1 + math.abs(s.pos.x - goal))
end

return reward {
  task = "toy",
  doc = "Go right, slowly.",
  params = { goal = param { 1.5, min = 0, max = 3, unit = "m", doc = "where to go" } },
  memory = { best = 0, seen = { 0, 0 } },
  derive = { ahead = function(s) return s.pos.x - s.pos.y end },
  terms = {
    term { "near", weight = 2, range = { 0, 1 },
           fn = function(s, a, p) return closeness(s, p.goal) end },
    term { "slow", weight = -0.1, kind = "penalty",
           fn = function(s) return s.speed ^ 2 end },
    term { "effort", weight = -0.01, kind = "penalty",
           fn = function(s, a) return a:dot(a) end },
    term { "goal", "at_goal", weight = 10, kind = "success_bonus" },
    term { "record", kind = "event", fn = function(s, a, p, m)
             if s.pos.x > m.best then
               m.best = s.pos.x
               return 1
             end
             return 0
           end },
    term { "inside", fn = function(s, a, p)
             return tolerance(s.pos.y, -1, 1, 0.5)
           end },
    term { "cells", fn = function(s)
             local sum = 0
             for i = 1, #s.cells do sum = sum + s.cells[i] end
             return sum / s.horizon
           end },
  },
  potential = function(s, a, p) return -math.abs(p.goal - s.pos.x) end,
  shape = { shape.clip(-10, 10) },
}
)lua";

struct Mistake {
  const char* right;
  const char* wrong;
  const char* code;
  int line;
  const char* mend;  // stands in a help line, as the edit to make; "": there is no obvious one
};

const Mistake kMistakes[] = {
    // Names of the task.
    {"s.speed ^ 2", "s.sped ^ 2", "R012", 18, "did you mean `speed`"},
    {"s.speed ^ 2", "s.velocity ^ 2", "R012", 18, ""},
    {"s.pos.x > m.best", "s.poss.x > m.best", "R012", 23, "did you mean `pos`"},
    {"\"at_goal\"", "\"at_gaol\"", "R012", 21, "did you mean `at_goal`"},
    {"s.horizon", "s.horizn", "R012", 35, "did you mean `horizon`"},
    {"m.best = s.pos.x", "m.best = s.pos.z", "R013", 24, "components: x, y"},
    {"m.best = s.pos.x", "m.best = s.pos[0]", "R013", 24, "start at 1"},
    {"m.best = s.pos.x", "m.best = s.pos[3]", "R013", 24, ""},
    {"a:dot(a)", "a:dto(a)", "R013", 20, "did you mean `dot`"},
    {"a:dot(a)", "a.dot(a)", "R030", 20, "v:dot(u)"},
    {"math.abs(s.pos.x - goal)", "math.abs(s.pos.x - s.prev.ps.x)", "R012", 5,
     "did you mean `pos`"},
    // Names that the script declares.
    {"p.goal) end },\n    term { \"slow\"", "p.gaol) end },\n    term { \"slow\"", "R014", 16,
     "did you mean `goal`"},
    {"m.best = s.pos.x", "m.bset = s.pos.x", "R015", 24, "did you mean `best`"},
    {"m.best = s.pos.x", "m.last = s.pos.x", "R015", 24, "memory"},
    {"closeness(s, p.goal)", "closness(s, p.goal)", "R011", 16, "did you mean `closeness`"},
    {"return tolerance(", "return tolerence(", "R011", 30, "did you mean `tolerance`"},
    // Lua and its library.
    {"require \"shape\"", "require \"shpe\"", "R011", 2, ""},
    {"math.abs(s.pos.x - goal)", "abs(s.pos.x - goal)", "R011", 5, "did you mean `math.abs`"},
    {"math.abs(s.pos.x - goal)", "math.asb(s.pos.x - goal)", "R011", 5, "did you mean `math.abs`"},
    {"local sum = 0", "print(s.step) local sum = 0", "R050", 33, "monitor"},
    {"local sum = 0", "sum = 0", "R017", 33, "local sum"},
    {"if s.pos.x > m.best then", "if s.pos.x != m.best then", "R001", 23, "`~=`"},
    {"sum = sum + s.cells[i]", "sum += s.cells[i]", "R001", 34, "x = x + y"},
    {"weight = 2, range", "weight = 2 range", "R001", 15, "a comma is missing before 'range'"},
    {"               return 1\n             end\n", "               return 1\n", "R001", 26,
     "`end`"},
    // Declarations.
    {"weight = 2,", "wieght = 2,", "R020", 15, "did you mean `weight`"},
    {"weight = 2,", "weight = \"2\",", "R021", 15, ""},
    {"params = {", "parms = {", "R020", 11, "did you mean `params`"},
    {"kind = \"event\"", "kind = \"evnt\"", "R024", 22, "did you mean `event`"},
    {"term { \"slow\"", "term { \"near\"", "R023", 17, "rename"},
    {"shape.clip(-10, 10)", "shape.clp(-10, 10)", "R0", 39, ""},
    {"min = 0, max = 3", "min = 0 / 0, max = 3", "R025", 11, "min is at most max"},
    {"param { 1.5, min", "param { 0 / 0, min", "R025", 11, "finite"},
    {"range = { 0, 1 }", "range = { 1, 0 }", "R025", 15, "range = { 0, 1 }"},
    // What only running shows.
    {"s.speed ^ 2", "s.at_goal * 2", "R030", 18, "(s.healthy and 1 or 0)"},
    {"s.speed ^ 2", "s.pos * 2", "R030", 18, "vectors have no operators"},
    {"s.speed ^ 2", "s.pos", "R033", 18, "return an element"},
    {"             return 0\n           end },\n    term { \"inside\"",
     "           end },\n    term { \"inside\"", "R033", 22, "every path"},
    {"s.speed ^ 2", "(s.step - s.step) / (s.step - s.step)", "R031", 18, "0/0"},
    {"s.speed ^ 2", "(function() while true do end end)()", "R040", 18, "end the loop"},
};

std::string With(const Mistake& mistake) {
  std::string source = kScript;
  const size_t at = source.find(mistake.right);
  EXPECT_NE(at, std::string::npos) << mistake.right;
  return source.replace(at, std::string(mistake.right).size(), mistake.wrong);
}

// What `carrot check` finds: all that loading tells, else what a few steps do.
Diagnostics Find(const std::string& source) {
  const auto task = testing::MakeToyTask();
  auto reward = LoadRewardSource(source, std::string(CARROT_SOURCE_DIR) + "/toy.lua", task->spec());
  if (!reward) return reward.error();
  ThreadPool pool(1);
  auto env = *VectorEnv::Create(task, *reward, pool, {.num_envs = 2, .seed = 1});
  env->Reset();
  std::vector<double> action(4);
  for (int step = 0; step < 5; ++step) {
    testing::ToyActions(2, step, action.data());
    env->Step(action);
  }
  return env->TakeErrors();
}

// Deleted: the script that the mistakes are seeded in could itself be wrong.
TEST(SeededMistakes, TheScriptItselfIsRight) {
  const Diagnostics found = Find(kScript);
  EXPECT_TRUE(found.empty()) << Format(found);
}

// Deleted: a message could name another line than the one to edit, or lose the edit.
TEST(SeededMistakes, HaveTheRightLineAndMostlyTheMend) {
  int lines = 0, mends = 0;
  for (const Mistake& mistake : kMistakes) {
    SCOPED_TRACE(std::string(mistake.right) + "  ->  " + mistake.wrong);
    const Diagnostics found = Find(With(mistake));
    if (found.empty()) {
      ADD_FAILURE() << "nothing was found";
      continue;
    }
    const Diagnostic& first = found[0];
    EXPECT_THAT(first.code, ::testing::StartsWith(mistake.code)) << Format(found);
    EXPECT_EQ(first.where.line, mistake.line) << Format(found);
    lines += first.where.line == mistake.line;
    bool mended = false;
    for (const std::string& help : first.help) {
      mended |= *mistake.mend != '\0' && help.find(mistake.mend) != std::string::npos;
    }
    EXPECT_EQ(mended, *mistake.mend != '\0') << Format(found);
    mends += mended;
  }
  EXPECT_EQ(lines, static_cast<int>(std::size(kMistakes)));
  EXPECT_GE(lines, 30);
  EXPECT_GE(mends, 20);
  RecordProperty("mistakes", static_cast<int>(std::size(kMistakes)));
  RecordProperty("right_line", lines);
  RecordProperty("right_mend", mends);
}

}  // namespace
}  // namespace carrot
