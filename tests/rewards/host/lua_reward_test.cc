#include "rewards/host/lua_reward.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "engine/core/vector_env.h"
#include "tests/support/toy_task.h"

namespace carrot {
namespace {

using ::testing::HasSubstr;

Result<std::shared_ptr<const RewardFunction>> Load(const std::string& source,
                                                   RewardLoadOptions options = {}) {
  return LoadRewardSource(source, std::string(CARROT_SOURCE_DIR) + "/toy.lua",
                          testing::MakeToyTask()->spec(), options);
}

// Everything that a reward can declare, in one script.
constexpr char kWhole[] = R"lua(
local tolerance = require "tolerance"
local shape = require "shape"
return reward {
  task = "toy", doc = "Move right.",
  params = { gain = param { 2, min = 0, max = 4, unit = "1/m", doc = "scale" }, plain = 3 },
  memory = { best = 0, start = function(s) return s.pos[1] end, trail = { 7, 8 } },
  derive = { ahead = function(s) return s.pos[1] - s.pos[2] end,
             twice = function(s) return 2 * s.ahead end },
  terms = {
    term { "progress", weight = 0.5, range = { -1, 1 }, unit = "m", doc = "step to the right",
           fn = function(s, a, p) return p.gain * (s.pos[1] - s.prev.pos[1]) end },
    term { "effort", weight = -0.1, kind = "penalty", fn = function(s, a) return a:dot(a) end },
    term { "goal", "at_goal", kind = "event" },
    term { "record", fn = function(s, a, p, m)
             if s.pos[1] > m.best then m.best = s.pos[1] return 1 end
             return 0 end },
    term { "travelled", fn = function(s, a, p, m) return s.pos[1] - m.start + m.trail[2] end },
    term { "lean", fn = function(s) return s.twice - s.prev.ahead end },
    term { "near", fn = function(s) return tolerance(s.pos[1], 1, 2, 1) end },
    term { "keep", kind = "monitor", fn = function(s, a, p, m) m.trail = { s.pos[1], s.pos[2] } return 1 end },
  },
  potential = { fn = function(s, a, p, m) return s.pos[1] + m.best end, weight = 2 },
  shape = { shape.clip(-3, 3) },
}
)lua";

// Deleted: a declaration could be read and then not act, live or in the description.
TEST(LuaReward, EverythingInAScriptWorks) {
  auto reward = Load(kWhole);
  ASSERT_TRUE(reward.has_value()) << Format(reward.error());
  const RewardSpec& spec = (*reward)->spec();
  EXPECT_EQ(spec.name, "toy");
  EXPECT_EQ(spec.terms.size(), 8u);
  EXPECT_EQ(spec.terms[1].kind, TermKind::kPenalty);
  EXPECT_EQ(spec.terms[7].weight, 0);
  EXPECT_EQ(spec.params[0].high, 4);
  EXPECT_EQ(spec.modules.size(), 2u);
  EXPECT_EQ(spec.potential_weight, 2);
  ThreadPool pool(1);
  auto made = VectorEnv::Create(testing::MakeToyTask({.horizon = 30}), *reward, pool,
                                {.num_envs = 3, .seed = 4, .gamma = 0.9});
  ASSERT_TRUE(made.has_value()) << Format(made.error());
  VectorEnv& env = **made;
  env.Reset();
  std::vector<double> action(6), start(3), best(3), ahead(3), trail(3, 8.0), phi(3), x(3);
  const auto pos = [&](int i) { return env.state().Next<double>(0)[i]; };
  for (int i = 0; i < 3; ++i) {
    x[i] = start[i] = pos(i)[0];
    ahead[i] = pos(i)[0] - pos(i)[1];
    phi[i] = x[i] + 0;
  }
  for (int step = 0; step < 12; ++step) {
    testing::ToyActions(3, step, action.data());
    env.Step(action);
    for (int i = 0; i < 3; ++i) {
      ASSERT_EQ(env.step()[i], step + 1) << "the episode is to last through the test";
      const double* term = env.terms().data() + 8 * i;
      const double now = pos(i)[0], lean = pos(i)[0] - pos(i)[1];
      const bool record = now > best[i];
      if (record) best[i] = now;
      EXPECT_EQ(term[0], 2 * (now - x[i]));
      EXPECT_EQ(term[1], action[2 * i] * action[2 * i] + action[2 * i + 1] * action[2 * i + 1]);
      EXPECT_EQ(term[2], env.state().Next<uint8_t>(4)[i][0]);
      EXPECT_EQ(term[3], record);
      EXPECT_EQ(term[4], now - start[i] + trail[i]);
      EXPECT_EQ(term[5], 2 * lean - ahead[i]);
      const double gap = now < 1 ? 1 - now : now > 2 ? now - 2 : 0;
      EXPECT_NEAR(term[6], std::pow(0.1, gap * gap), 1e-12);
      EXPECT_EQ(term[7], 1);
      const double next_phi = now + best[i];
      double total = 0.5 * term[0] - 0.1 * term[1];
      for (int k = 2; k < 7; ++k) total += term[k];
      total += 2 * (0.9 * next_phi - phi[i]);
      EXPECT_NEAR(env.reward()[i], std::clamp(total, -3.0, 3.0), 1e-12);
      x[i] = now;
      ahead[i] = lean;
      trail[i] = pos(i)[1];
      phi[i] = next_phi;
    }
  }
  EXPECT_TRUE(env.TakeErrors().empty());
  const auto json = DescribeReward(**reward, testing::MakeToyTask()->spec());
  EXPECT_EQ(json["terms"][0]["name"], "progress");
  EXPECT_EQ(json["fields_read"], (nlohmann::json{"pos", "at_goal"}));
  EXPECT_EQ(json["hash"], spec.hash);
}

// Deleted: a replay of recorded rows in one go could differ from the steps that were paid live.
TEST(LuaReward, ReplayEqualsLive) {
  auto task = testing::MakeToyTask();
  auto reward = Load(kWhole);
  ASSERT_TRUE(reward.has_value()) << Format(reward.error());
  constexpr int kSteps = 40;
  const int width = (*reward)->spec().memory_width, n = 8;
  StateBatch recording(task->spec().state, kSteps + 1);
  std::vector<double> actions(2 * (kSteps + 1));
  std::vector<int32_t> step(kSteps + 1);
  std::vector<uint64_t> seed(kSteps + 1, 5);
  std::vector<uint8_t> terminated(kSteps + 1);
  auto* pos = static_cast<double*>(recording.next()[0]);
  auto* prev = static_cast<double*>(recording.prev()[0]);
  for (int t = 0; t <= kSteps; ++t) {
    step[t] = t;
    actions[2 * t] = std::sin(t);
    pos[2 * t] = std::sin(0.7 * t) + 0.05 * t;
    pos[2 * t + 1] = std::cos(t);
    std::memcpy(prev + 2 * t, pos + 2 * std::max(0, t - 1), 16);
  }
  struct Out {
    std::vector<double> term, phi, total, reward, memory;
    std::vector<uint8_t> flags;
    Out(int rows, int n, int width)
        : term(rows * n), phi(rows), total(rows), reward(rows), memory(rows * width), flags(rows) {}
    RewardColumns Columns() {
      return {term.data(), phi.data(), total.data(), reward.data(), flags.data()};
    }
  };
  TransitionBatch rows;
  rows.next = recording.next();
  rows.prev = recording.prev();
  rows.action = actions.data();
  rows.step = step.data();
  rows.terminated = terminated.data();
  rows.world_seed = seed.data();
  const auto begin = [&](RewardEvaluator& evaluator, Out& out) {
    TransitionBatch first = rows;
    first.begin = 0;
    first.end = 1;
    first.carry_memory = false;
    first.prev = rows.next;
    first.action = nullptr;
    first.memory = out.memory.data();
    evaluator.Begin(first, out.Columns());
  };
  Out replay(kSteps + 1, n, width), live(kSteps + 1, n, width);
  auto a = (*reward)->NewEvaluator(), b = (*reward)->NewEvaluator();
  ASSERT_TRUE(a.has_value() && b.has_value());
  begin(**a, replay);
  rows.begin = 1;
  rows.end = kSteps + 1;
  rows.memory = replay.memory.data();
  rows.carry_memory = true;
  (*a)->Evaluate(rows, replay.Columns());
  begin(**b, live);
  std::vector<double> memory(live.memory.begin(), live.memory.begin() + width);
  for (int t = 1; t <= kSteps; ++t) {  // one env's memory, updated in place
    TransitionBatch one = rows;
    one.begin = t;
    one.end = t + 1;
    one.memory = memory.data() - static_cast<ptrdiff_t>(t) * width;
    one.carry_memory = false;
    (*b)->Evaluate(one, live.Columns());
  }
  for (size_t i = 0; i < replay.term.size(); ++i) {
    ASSERT_EQ(replay.term[i], live.term[i]) << "row " << i / n << " term " << i % n;
  }
  EXPECT_EQ(std::memcmp(replay.term.data(), live.term.data(), replay.term.size() * 8), 0);
  EXPECT_EQ(std::memcmp(replay.phi.data(), live.phi.data(), replay.phi.size() * 8), 0);
  EXPECT_EQ(std::memcmp(replay.memory.data() + kSteps * width, memory.data(), width * 8), 0);
}

struct Mistake {
  const char* from;
  const char* to;
  const char* code;
  const char* message;
  const char* help;
  int line;
};

// Deleted: a mistake in a declaration could pass silently, or be reported without a way on.
TEST(LuaReward, MistakesAreReportedWhereTheyAre) {
  const Mistake mistakes[] = {
      {"doc = \"Move right.\"", "dok = \"Move right.\"", "R020", "unknown key `dok`",
       "did you mean `doc`?", 5},
      {"weight = 0.5", "wieght = 0.5", "R020", "unknown key `wieght`", "did you mean `weight`?",
       11},
      {"weight = 0.5", "weight = \"0.5\"", "R021", "`weight` of term `progress` must be a number",
       "", 11},
      {"weight = 0.5", "weight = 0 / 0", "R025", "not finite", "", 11},
      {"kind = \"penalty\"", "kind = \"penalti\"", "R024", "`penalti` is not a kind",
       "did you mean `penalty`?", 13},
      {"term { \"effort\"", "term { \"progress\"", "R023", "declared twice", "rename", 13},
      {"range = { -1, 1 }", "range = { 1, -1 }", "R025", "a range is", "range = { 0, 1 }", 11},
      {"fn = function(s, a) return a:dot(a) end", "doc = \"no function\"", "R022",
       "needs either fn", "", 13},
      {"\"at_goal\"", "\"at_gaol\"", "R012", "`at_gaol` is not a field", "did you mean `at_goal`?",
       14},
      {"min = 0, max = 4", "min = 3, max = 4", "R025", "its range is 3 to 4", "", 6},
      {"trail = { 7, 8 }", "trail = \"x\"", "R021", "memory `trail` must start as", "", 7},
      {"s.ahead end", "s.ahed end", "R012", "`s.ahed` does not exist", "did you mean `ahead`", 9},
      {"tolerance(s.pos", "tolerence(s.pos", "R011", "`tolerence` is not defined",
       "did you mean `tolerance`?", 20},
      {"p.gain * (", "p.gian * (", "R014", "`p.gian` is not", "did you mean `gain`?", 12},
      {"m.best = s.pos[1] return 1", "m.bets = s.pos[1] return 1", "R015", "`m.bets` is not",
       "did you mean `best`?", 16},
      {"return s.pos[1] + m.best end", "m.best = 0 return 1 end", "R016",
       "may read memory but not write `m.best`", "in a term", 23},
      {"shape.clip(-3, 3)", "{ 1 }", "R024", "must come from the shape library", "shape.clip", 24},
      {"weight = 2 }", "weight = 2, wieght = 1 }", "R020", "unknown key `wieght`",
       "did you mean `weight`?", 23},
      {"return reward", "return", "R021", "must return reward", "return reward {", 4},
      {"task = \"toy\",", "task = \"toy\" combine = \"sum\",", "R001", "", "", 5},
  };
  for (const Mistake& mistake : mistakes) {
    std::string source = kWhole;
    const size_t at = source.find(mistake.from);
    ASSERT_NE(at, std::string::npos) << mistake.from;
    auto reward = Load(source.replace(at, std::strlen(mistake.from), mistake.to));
    ASSERT_FALSE(reward.has_value()) << mistake.to;
    const std::string text = Format(reward.error());
    EXPECT_EQ(reward.error()[0].code, mistake.code) << text;
    EXPECT_THAT(text, HasSubstr(mistake.message));
    EXPECT_THAT(text, HasSubstr(mistake.help));
    EXPECT_EQ(reward.error()[0].where.line, mistake.line) << text;
  }
}

constexpr char kExamples[] = R"lua(
return reward {
  memory = { best = 0 },
  terms = {
    term { "right", fn = function(s) return s.pos[1] - s.prev.pos[1] end },
    term { "up", fn = function(s, a, p, m) return s.pos[2] + m.best + a[1] end },
  },
  expect = {
    { state = { pos = { 3, 4 } }, prev = { pos = { 1, 0 } }, action = { 0.5, 0 }, memory = { best = 10 },
      terms = { right = 2, up = 14.5 } },
    { state = { pos = { 3, 4 } }, terms = { right = 0 } },
    { state = { pos = { 3, 4 } }, terms = { right = 1 } },
    { state = { pso = { 3, 4 } }, terms = { right = 0 } },
    { state = { pos = { 3 } }, terms = { right = 0 } },
    { terms = { left = 0 } },
  },
})lua";

// Deleted: examples could pass whatever the terms return.
TEST(LuaReward, ExamplesAreChecked) {
  auto reward = Load(kExamples);
  ASSERT_TRUE(reward.has_value()) << Format(reward.error());
  const Diagnostics errors = RunExpects(**reward, *testing::MakeToyTask());
  ASSERT_EQ(errors.size(), 4u) << Format(errors);
  EXPECT_EQ(errors[0].code, "R060");
  EXPECT_EQ(errors[0].message, "example: term `right` is 0, expected 1");
  EXPECT_EQ(errors[0].where.line, 12);
  EXPECT_EQ(errors[1].code, "R012");
  EXPECT_THAT(Format(errors[1]), HasSubstr("did you mean `pos`?"));
  EXPECT_EQ(errors[2].code, "R021");
  EXPECT_EQ(errors[3].code, "R012");
}

// Deleted: a reward's name would not change with its text or its modules, and results could be
// mixed up.
TEST(LuaReward, HashFollowsTheText) {
  auto a = Load(kWhole), b = Load(kWhole), c = Load(std::string(kWhole) + " ");
  EXPECT_EQ((*a)->spec().hash, (*b)->spec().hash);
  EXPECT_NE((*a)->spec().hash, (*c)->spec().hash);
}

// Deleted: parameters could be set in one evaluator and not act.
TEST(LuaReward, ParametersReachTheTerms) {
  auto reward = Load(kWhole);
  ThreadPool pool(2);
  auto one = VectorEnv::Create(testing::MakeToyTask(), *reward, pool, {.num_envs = 5, .seed = 1});
  auto two = VectorEnv::Create(testing::MakeToyTask(), *reward, pool, {.num_envs = 5, .seed = 1});
  (*one)->Reset();
  (*two)->Reset();
  (*two)->SetRewardParams(std::vector<double>{4, 3});
  std::vector<double> action(10);
  testing::ToyActions(5, 0, action.data());
  (*one)->Step(action);
  (*two)->Step(action);
  for (int i = 0; i < 5; ++i) EXPECT_EQ((*two)->terms()[8 * i], 2 * (*one)->terms()[8 * i]);
}

}  // namespace
}  // namespace carrot
