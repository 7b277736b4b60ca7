#include "engine/script/term_program.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>

#include "tests/engine/script/term_fixture.h"
#include "tests/support/allocations.h"

namespace carrot {
namespace {

using ::testing::HasSubstr;

// Deleted: a term could read the wrong column, element, row or side without anyone noticing.
TEST(TermProgram, ReadsEveryKindOfValue) {
  TestProgram p(R"(return {
    function(s) return s.height end,
    function(s) return s.pos.y + s.vel[3] end,
    function(s) return s.prev.pos.x end,
    function(s) return #s.quat + s.pos:dot(s.vel) end,
    function(s) return s.pos:norm() end,
    function(s) return s.cells:at(24) + #s.cells end,
    function(s) return s.alive end,
    function(s) return s.count + s.speed end,
    function(s, a) return a.hip + 10 * a[2] end,
    function(s, a, p) return p.target * s.dt + s.horizon + s.t + s.step end,
    function(s) return s.flags[2] and 5 or 6 end,
    function(s, a) return a:dot(a) end,
    "count",
  })");
  ASSERT_TRUE(p.errors.empty()) << p.Text();
  TestRows rows(200);
  const auto out = p.Run(rows.Batch(), rows.flags.data());
  EXPECT_FALSE(p.runner->has_errors()) << Format(p.runner->TakeErrors());
  for (int r = 0; r < 200; ++r) {
    const double* pos = rows.Next<double>("pos") + 3 * r;
    const double* vel = rows.Next<double>("vel") + 3 * r;
    const double* a = rows.action.data() + 2 * r;
    EXPECT_EQ(out[r][0], rows.Next<double>("height")[r]);
    EXPECT_EQ(out[r][1], pos[1] + vel[2]);
    EXPECT_EQ(out[r][2], rows.Prev<double>("pos")[3 * r]);
    EXPECT_EQ(out[r][3], 4 + ((pos[0] * vel[0] + pos[1] * vel[1]) + pos[2] * vel[2]));
    EXPECT_EQ(out[r][4], std::sqrt(pos[0] * pos[0] + pos[1] * pos[1] + pos[2] * pos[2]));
    EXPECT_EQ(out[r][5], rows.Next<uint8_t>("cells")[24 * r + 23] + 24);
    EXPECT_EQ(out[r][6], rows.Next<uint8_t>("alive")[r]);
    EXPECT_EQ(out[r][7],
              rows.Next<int32_t>("count")[r] + static_cast<double>(rows.Next<float>("speed")[r]));
    EXPECT_EQ(out[r][8], a[0] + 10 * a[1]);
    EXPECT_EQ(out[r][9], 2 * 0.5 + 100 + (r + 1) * 0.5 + (r + 1));
    EXPECT_EQ(out[r][10], rows.Next<uint8_t>("flags")[3 * r + 1] ? 5 : 6);
    EXPECT_EQ(out[r][11], a[0] * a[0] + a[1] * a[1]);
    EXPECT_EQ(out[r][12], rows.Next<int32_t>("count")[r]);
  }
}

constexpr char kMixed[] = R"(
local function clamp(x, lo, hi) return math.max(lo, math.min(x, hi)) end
local function energy(v) local e = 0 for i = 1, #v do e = e + v[i] ^ 2 end return e end
return {
  function(s) return clamp(s.height, -0.5, 0.5) ^ 3 + s.pitch ^ 0.5 end,
  function(s) return energy(s.quat) + energy(s.prev.quat) end,
  function(s) if s.alive then return math.sin(s.pos.x) * math.exp(s.vel.y) end return math.atan2(s.vel.x, s.pos.z) end,
  function(s) return math.max(0 / (s.count % 3), s.speed) end,
  function(s, a, p) local sum = 0 for i = 1, #s.cells do if s.cells:at(i) > 3 then sum = sum + p.target end end return sum end,
  function(s, a) return a:norm() + math.log(1 + math.abs(s.height)) + math.tanh(s.pitch) + math.cos(s.pos.z) end,
  function(s) return math.random() + math.random(1, 6) end,
  function(s, a, p, m) m.best = math.max(m.best, s.height) return m.best end,
  function(s, a, p, m) m.last = s.pos return m.last[1] + m.last:norm() end,
  function(s, a, p, m) m.last[2] = m.last[2] * 0.5 return m.last[2] + m.best end,
  function(s, a, p, m) return m.best * 2 end,
  function(s, a, p, m) m.best = m.best - 0.25 return m.best end,
  function(s) return s.height / 0 end,
  function(s) return s.count % 7 - math.floor(s.pitch) + s.count / 3 % 1 end,
})";

bool SameBits(const std::vector<std::vector<double>>& a,
              const std::vector<std::vector<double>>& b) {
  if (a.size() != b.size()) return false;
  for (size_t r = 0; r < a.size(); ++r) {
    if (std::memcmp(a[r].data(), b[r].data(), a[r].size() * sizeof(double)) != 0) return false;
  }
  return true;
}

// Deleted: the interpreter and the compiler could disagree, so that a re-score would differ from
// the live run.
TEST(TermProgram, CompilerInterpreterAndColdStartAgree) {
  ScriptOptions off;
  off.jit = false;
  ScriptOptions bare;
  bare.instrument = false;
  TestProgram compiled(kMixed), interpreted(kMixed, off), unticked(kMixed, bare), cold(kMixed);
  ASSERT_TRUE(compiled.errors.empty()) << compiled.Text();
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    TestRows a(500, seed), b(500, seed), c(500, seed);
    const auto out = compiled.Run(a.Batch(), a.flags.data());
    EXPECT_TRUE(SameBits(out, interpreted.Run(b.Batch(), b.flags.data()))) << seed;
    EXPECT_TRUE(SameBits(out, unticked.Run(c.Batch(), c.flags.data()))) << seed;
    EXPECT_EQ(a.memory, b.memory);
    EXPECT_EQ(a.flags, b.flags);
    if (seed < 8) continue;
    for (int r = 0; r < 500;
         ++r) {  // one row at a time, in another order, in a state that has never run
      TestRows d(500, seed);
      auto rows = d.Batch();
      rows.begin = 499 - r;
      rows.end = 500 - r;
      const auto one = cold.Run(rows);
      EXPECT_TRUE(SameBits({out[rows.begin]}, {one[rows.begin]})) << rows.begin;
    }
  }
}

// Deleted: a replay of a recording could give other values than the live run, row by row.
TEST(TermProgram, ReplayCarriesMemoryExactly) {
  constexpr int kSteps = 1500;  // more than one chunk
  TestProgram live(kMixed), replay(kMixed);
  TestRows recording(kSteps + 1);
  std::vector<double> memory(4);  // one env, stepped in place
  std::vector<std::vector<double>> expected;
  for (int t = 1; t <= kSteps; ++t) {
    auto rows = recording.Batch();
    rows.begin = t;
    rows.end = t + 1;
    rows.memory = memory.data() - 4 * t;  // so that row t is this env's only row
    expected.push_back(live.Run(rows).back());
  }
  auto rows = recording.Batch();
  rows.begin = 1;
  rows.carry_memory = true;
  auto out = replay.Run(rows);
  out.erase(out.begin());
  EXPECT_TRUE(SameBits(out, expected));
  EXPECT_EQ(std::memcmp(recording.memory.data() + 4 * kSteps, memory.data(), 4 * sizeof(double)),
            0);
}

// Deleted: terms could see memory from before the terms ahead of them.
TEST(TermProgram, TermsSeeEarlierWrites) {
  std::string source = "return {";
  for (int k = 1; k <= 9; ++k)
    source +=
        "function(s, a, p, m) m.best = m.best * 2 + " + std::to_string(k) + " return m.best end,";
  TestProgram p(source + "}");
  ASSERT_TRUE(p.errors.empty()) << p.Text();
  TestRows rows(3);
  const auto out = p.Run(rows.Batch());
  double best = 0;
  for (int k = 1; k <= 9; ++k) {
    best = best * 2 + k;
    EXPECT_EQ(out[2][k - 1], best);
  }
  EXPECT_EQ(rows.memory[8], best);
}

// Deleted: assigning a vector to memory could keep a reference to the state's own table.
TEST(TermProgram, AssigningAVectorCopiesIt) {
  TestProgram p(R"(return {
    function(s, a, p, m) local before = m.last[1] m.last = s.pos return before end })");
  ASSERT_TRUE(p.errors.empty()) << p.Text();
  TestRows rows(1);
  EXPECT_EQ(p.Run(rows.Batch())[0][0], 0);
  const double x = rows.Next<double>("pos")[0];
  rows.Next<double>("pos")[0] = 99;
  EXPECT_EQ(p.Run(rows.Batch())[0][0], x);
}

// Deleted: a derived field that reads an earlier one could see the last step's value, and a flag or
// a byte column could be written in the wrong type.
TEST(TermProgram, DerivedFieldsFeedLaterOnes) {
  auto script = LuaScript::FromSource(
      "return { function(s) return s.height * 2 end, function(s) return s.out + 1 end, function(s) "
      "return s.out > 0 end,"
      " function(s) return { s.out, s.pitch, 3 } end }",
      "test.lua", {});
  ASSERT_TRUE(script.has_value()) << Format(script.error());
  const TermContext context = TestContext();
  std::vector<TermDecl> decls(4);
  for (int k = 0; k < 4; ++k)
    decls[k] = {"d" + std::to_string(k), "field", 0, (*script)->root().array[k].function};
  decls[0].output_field = context.state.Find("out");
  decls[3].width = 3;
  auto program = TermProgram::Compile(*script, context, decls);
  ASSERT_TRUE(program.has_value()) << Format(program.error());
  EXPECT_EQ((*program)->fields_read(1), std::vector<int>{context.state.Find("out")});
  auto runner = (*program)->NewRunner();
  ASSERT_TRUE(runner.has_value());
  TestRows rows(5);
  double after[5], vector[15];
  const std::vector<TermColumn> columns = {{rows.Next<double>("out"), DType::kF64, 1},
                                           {after, DType::kF64, 1},
                                           {rows.Next<uint8_t>("alive"), DType::kBool, 1},
                                           {vector, DType::kF64, 3}};
  (*runner)->Run(0, rows.Batch(), columns, nullptr);
  for (int r = 0; r < 5; ++r) {
    const double twice = rows.Next<double>("height")[r] * 2;
    EXPECT_EQ(rows.Next<double>("out")[r], twice);
    EXPECT_EQ(after[r], twice + 1);
    EXPECT_EQ(rows.Next<uint8_t>("alive")[r], twice > 0);
    EXPECT_EQ(vector[3 * r], twice);
    EXPECT_EQ(vector[3 * r + 1], rows.Next<double>("pitch")[r]);
    EXPECT_EQ(vector[3 * r + 2], 3);
  }
}

// Deleted: NaN and infinity could reach a total, or be blamed on another term.
TEST(TermProgram, NonFiniteValuesCountAsZeroAndAreNamed) {
  TestProgram p(
      "return { function(s) return s.height end,\n function(s) return s.count > 0 and 0 / 0 or 1 "
      "end,\n"
      " function(s) return 1 / 0 end }");
  ASSERT_TRUE(p.errors.empty()) << p.Text();
  TestRows rows(30);
  const auto out = p.Run(rows.Batch(), rows.flags.data());
  for (int r = 0; r < 30; ++r) {
    EXPECT_EQ(out[r][1], rows.Next<int32_t>("count")[r] > 0 ? 0 : 1);
    EXPECT_EQ(out[r][2], 0);
    EXPECT_EQ(rows.flags[r], kRowNonFinite);
  }
  const Diagnostics errors = p.runner->TakeErrors();
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].code, "R031");
  EXPECT_EQ(errors[0].message, "term `t2` returned NaN (not a number)");
  EXPECT_EQ(errors[0].where.line, 2);
  EXPECT_EQ(errors[1].code, "R032");
  EXPECT_EQ(errors[1].where.line, 3);
  EXPECT_EQ(errors[1].repeats, 29);
  EXPECT_FALSE(p.runner->has_errors());
}

// Deleted: random numbers could depend on the order of rows or terms, and change when a term is
// added.
TEST(TermProgram, RandomIsKeyedByWorldStepAndTerm) {
  TestProgram p(
      "return { function(s) return math.random() end, function(s) return math.random() end }");
  TestRows rows(100);
  const auto all = p.Run(rows.Batch());
  EXPECT_NE(all[0][0], all[0][1]);
  EXPECT_NE(all[0][0], all[1][0]);
  auto one = rows.Batch();
  one.begin = 57;
  one.end = 58;
  EXPECT_EQ(p.Run(one)[57], all[57]);
  rows.step[57] += 1;
  EXPECT_NE(p.Run(one)[57][0], all[57][0]);
}

// Deleted: a slider would do nothing, or only in one of the loops.
TEST(TermProgram, ParametersCanBeSet) {
  TestProgram p(
      "return { function(s, a, p) return p.target end, function(s, a, p, m) return p.target + "
      "m.best end }");
  TestRows rows(2);
  EXPECT_EQ(p.Run(rows.Batch())[1], (std::vector<double>{2, 2}));
  const double value = 5;
  p.runner->SetParams({&value, 1});
  EXPECT_EQ(p.Run(rows.Batch())[1], (std::vector<double>{5, 5}));
}

// Deleted: scripts could pay for fields that they do not read, and recordings would keep too much.
TEST(TermProgram, KnowsTheFieldsThatAreRead) {
  const StateSpec state = TestState();
  const auto names = [&](const std::string& source) {
    TestProgram p(source);
    EXPECT_TRUE(p.errors.empty()) << p.Text();
    std::vector<std::string> list;
    for (int f : p.program->fields_read()) list.push_back(state[f].name);
    return list;
  };
  using List = std::vector<std::string>;
  EXPECT_EQ(names("return { function(s) return s.pos.x + s.prev.pitch end }"),
            (List{"pitch", "pos"}));
  EXPECT_EQ(names("return { function(s) return s['height'] end }"), (List{"height"}));
  EXPECT_EQ(names("local function f(q) return q.vel.x end return { function(s) return f(s) end }"),
            (List{"vel"}));
  // Out of sight: every field whose name is written somewhere.
  EXPECT_EQ(names("local t = { f = function(q) return q.speed end } return { function(s) return "
                  "t.f(s) end }"),
            (List{"speed"}));
  EXPECT_EQ(names("local p = 'prev' return { function(s) local q = s.prev return q.height end }"),
            (List{"height"}));
  EXPECT_EQ(names("return { 'alive' }"), (List{"alive"}));
}

// Deleted: the steady loop could allocate in C++ or let the Lua heap grow.
TEST(TermProgram, SteadyStateNeitherAllocatesNorGrows) {
  TestProgram p(kMixed);
  TestRows rows(64);
  std::vector<double> out(64 * p.count);
  std::vector<TermColumn> columns;
  for (int k = 0; k < p.count; ++k) columns.push_back({out.data() + k, DType::kF64, p.count});
  const auto batch = rows.Batch();
  for (int i = 0; i < 500; ++i) p.runner->Run(0, batch, columns, rows.flags.data());
  const size_t heap = p.runner->heap_bytes();
  const int64_t before = testing::AllocationCount();
  for (int i = 0; i < 1000; ++i) p.runner->Run(0, batch, columns, rows.flags.data());
  EXPECT_EQ(testing::AllocationCount() - before, 0);
  EXPECT_LE(p.runner->heap_bytes(), heap);
}

}  // namespace
}  // namespace carrot
