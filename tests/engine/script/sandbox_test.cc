// Hostile scripts: each must end in its diagnostic, in bounded time and memory, and leave the
// process able to score a good script to the same bits.
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/engine/script/term_fixture.h"

namespace carrot {
namespace {

using ::testing::HasSubstr;

// The bits of a good script, scored now.
std::vector<std::vector<double>> Good(ScriptOptions options = {}) {
  TestProgram p("return { function(s) return s.pos:norm() ^ 1.5 + math.exp(-s.height ^ 2) end }",
                options);
  EXPECT_TRUE(p.errors.empty()) << p.Text();
  TestRows rows(64);
  return p.Run(rows.Batch());
}

// One script: a file of hostile/, or text that is too long or too odd for a file. A file marks the
// line that must be named with `--! CODE`, or its code alone with `--? CODE`.
struct Hostile {
  std::string name, source, code;
  int line = 0;  // 0: not checked
};

std::vector<Hostile> Files() {
  std::vector<Hostile> all;
  const std::string folder = std::string(CARROT_SOURCE_DIR) + "/tests/engine/script/hostile";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    Hostile h;
    h.name = file.path().filename().string();
    std::ifstream stream(file.path(), std::ios::binary);
    h.source.assign(std::istreambuf_iterator<char>(stream), {});
    const size_t at = std::min(h.source.find("--! R"), h.source.find("--? R"));
    EXPECT_NE(at, std::string::npos) << h.name << " names no code";
    if (at == std::string::npos) continue;
    h.code = h.source.substr(at + 4, h.source.find_first_of("\r\n", at) - at - 4);
    for (size_t i = 0; i < at; ++i) {
      const bool pair = i > 0 && h.source[i] == '\n' && h.source[i - 1] == '\r';
      h.line += (h.source[i] == '\n' || h.source[i] == '\r') && !pair;
    }
    h.line = h.source[at + 2] == '!' ? h.line + 1 : 0;
    all.push_back(std::move(h));
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

std::string Repeat(const std::string& text, int n) {
  std::string all;
  for (int i = 0; i < n; ++i) all += text;
  return all;
}

std::vector<Hostile> Made() {
  std::string locals, constants = "local x\n", upvalues, uses;
  for (int i = 0; i < 100'000; ++i) locals += "local x=1\n";
  for (int i = 0; i < 70'000; ++i) constants += "x=" + std::to_string(i) + ".5\n";
  for (int i = 0; i < 150; ++i) {
    upvalues += "local u" + std::to_string(i) + " = 1\n";
    uses += "u" + std::to_string(i) + "+";
  }
  return {
      {"bytecode", "\x1bLJ\x02\x02", "R050", 1},
      {"bytecode_of_puc", "\x1bLuaQ", "R050", 1},
      {"not_lua", "this is not Lua", "R001", 1},
      {"unfinished_text", "return { 'abc", "R001", 1},
      {"unfinished_long_text", "\nreturn [==[ abc", "R001", 0},
      {"nul_byte", std::string("return {}\0 while true do end", 28), "R001", 1},
      {"nul_byte_in_comment", std::string("--\0 x\nwhile true do end", 23), "R040", 2},
      {"high_bytes", "return { \xff\xfe }", "R011", 1},
      {"text_not_utf8", "return { 'caf\xe9' }", "R021", 0},
      {"key_not_utf8", "return { ['\xc0\x80'] = 1 }", "R021", 0},
      {"parentheses", "return " + Repeat("(", 5000) + "1" + Repeat(")", 5000), "R001", 1},
      {"open_parentheses", Repeat("(", 1 << 19), "R001", 1},
      {"open_tables", "return " + Repeat("{", 1 << 19), "R001", 1},
      {"tables", "return " + Repeat("{", 150) + Repeat("}", 150), "R001", 1},
      {"functions", "return " + Repeat("function() return ", 5000), "R001", 1},
      {"blocks", Repeat("do ", 100'000), "R001", 1},
      {"negations", "return " + Repeat("- ", 100'000) + "1", "R001", 1},
      {"powers", "return " + Repeat("2^", 100'000) + "1", "R001", 1},
      {"concats", "return " + Repeat("'a'..", 100'000) + "'a'", "R001", 1},
      {"sum", "local x = nil\nreturn {" + Repeat("x+", 100'000) + "1 }", "R030", 2},
      {"members", "local t = {}\nreturn { t" + Repeat(".a", 100'000) + " }", "R030", 2},
      {"calls", "local t = {}\nreturn { t" + Repeat("()", 100'000) + " }", "R030", 2},
      {"else_ifs",
       "local x = 1 if x == 2 then " + Repeat("elseif x == 3 then ", 20'000) + "end error()",
       "R001", 1},
      {"locals", locals, "R001", 201},
      {"constants", constants, "R001", 0},
      {"upvalues", upvalues + "return { function() return " + uses + "1 end }", "R001", 0},
      {"parameters", "return { function(" + Repeat("a,", 300) + "a) end }", "R001", 1},
      {"long_text", "return { '" + Repeat("a", 100'000) + "' }", "R053", 1},
      {"long_name", Repeat("a", 100'000) + " = 1", "R017", 1},
      {"long_number", "return { " + Repeat("9", 100'000) + "x }", "R001", 1},
      {"long_line_of_errors", "return { " + Repeat("undefined_name,", 10'000) + " }", "R011", 1},
      {"long_comment", "--[[" + Repeat("x\n", 100'000), "R001", 0},
      {"too_long", Repeat(" ", (1 << 20) + 1), "R002", 0},
      {"long_loop_body", "while true do " + Repeat("local x = 1 do local y = x end ", 60) + " end",
       "R040", 1},
      {"many_gotos", "::a:: " + Repeat("if not nil then goto a end ", 1000), "R040", 1},
  };
}

// The first diagnostic of loading the script and running its terms.
Diagnostics Outcome(const std::string& source) {
  ScriptOptions options;
  options.memory_limit = size_t{8} << 20;
  TestProgram p(source, options);
  if (!p.errors.empty() || p.runner == nullptr) return p.errors;
  TestRows rows(4);
  p.Run(rows.Batch());
  return p.runner->TakeErrors();
}

std::string running;  // for the guard below

// A script that gets away with an endless loop would hang the whole test: name it instead.
void OnHang(int) {
  const std::string text = "hangs: " + running + "\n";
  if (write(STDERR_FILENO, text.data(), text.size()) < 0) _exit(2);
  _exit(1);
}

// Deleted: a way out of the sandbox, a hang, a crash or a wrong line could come back with any
// change of the loader; and one script could spoil the next in the same process.
TEST(HostileScripts, EndInTheirDiagnosticAndLeaveTheProcessHealthy) {
  const auto before = Good();
  std::vector<Hostile> all = Files();
  for (Hostile& made : Made()) all.push_back(std::move(made));
  EXPECT_GE(all.size(), 200u);
  signal(SIGALRM, OnHang);
  for (const Hostile& h : all) {
    running = h.name;
    alarm(120);
    const Diagnostics errors = Outcome(h.source);
    alarm(0);
    if (errors.empty()) {
      ADD_FAILURE() << h.name << ": no diagnostic";
      continue;
    }
    const Diagnostic& d = errors[0];
    const std::string text = h.name + ": " + Format(errors).substr(0, 2000);
    EXPECT_EQ(d.code, h.code) << text;
    EXPECT_EQ(d.where.file, "test.lua") << text;
    if (h.line > 0) {
      EXPECT_EQ(d.where.line, h.line) << text;
    }
    EXPECT_EQ(Good(), before) << h.name;
  }
}

// Deleted: running out of memory at an unlucky moment could crash, or leave half a script behind.
TEST(HostileScripts, AnyAllocationMayFail) {
  const auto before = Good();
  int failed = 0;
  for (int64_t n = 1; n < 1500; n += 1 + n / 16) {
    ScriptOptions options;
    options.fail_allocation = n;
    TestProgram p(
        "local t = require 'tolerance'\nlocal names = {}\nfor i = 1, 40 do names[i] = 'n' .. i "
        "end\n"
        "return { function(s) local v = { s.height, names[3] } return t(v[1], 0, 1) + #v[2] end }",
        options);
    TestRows rows(8);
    if (!p.errors.empty()) {
      ++failed;
      EXPECT_EQ(p.errors[0].code, "R041") << n << ": " << p.Text();
    } else {
      p.Run(rows.Batch(), rows.flags.data());
      for (const Diagnostic& d : p.runner->TakeErrors()) {
        ++failed;
        EXPECT_EQ(d.code, "R041") << n << ": " << Format(d);
      }
    }
    EXPECT_EQ(Good(), before) << n;
  }
  EXPECT_GT(failed, 30);
}

struct HostileTerm {
  const char* name;
  const char* setup;  // lines before the terms
  const char* body;   // of function(s, a, p, m)
  const char* code;
};
const HostileTerm kInTerm[] = {
    {"while", "", "while true do end", "R040"},
    {"repeat", "", "repeat until false", "R040"},
    {"goto", "", "::a:: goto a", "R040"},
    {"numeric_for", "", "local x = 0 for i = 1, 1e15 do x = x + i end return x", "R040"},
    {"tail_call", "local function f(n) return f(n + 1) end", "return f(1)", "R040"},
    {"recursion", "local function f(n) return 1 + f(n + 1) end", "return f(1)", "R042"},
    {"memory", "",
     "local t = {} for i = 1, 99999 do t[i] = { i, {}, {}, {}, {}, {}, {}, {} } end return #t",
     "R041"},
    {"string", "", "local s = 'x' for i = 1, 100 do s = s .. s end return #s", "R040"},
    {"rep", "", "return #('x'):rep(1e9)", "R053"},
    {"pattern", "", "local s = ('a'):rep(2000) return s:find('a*a*a*a*b') or 0", "R053"},
    {"state_write", "", "local t = s t.mood = 1 return 0", "R016"},
    {"params_write", "", "local q = p q.fresh = 1 return 0", "R016"},
    {"memory_write", "", "local q = m q.fresh = 1 return 0", "R015"},
    {"index_nil", "", "local t = {} return t.a.b", "R030"},
    {"call_nil", "", "local t = {} return t.a()", "R030"},
    {"arithmetic_on_nil", "", "local t = {} return t.a + 1", "R030"},
    {"error", "", "error('no')", "R034"},
    {"error_table", "", "error({ 'no' })", "R034"},
    {"returns_nothing", "", "return", "R033"},
    {"returns_text", "", "return 'fast'", "R033"},
    {"returns_table", "", "return {}", "R033"},
    {"past_end", "", "local i = 4 return s.pos[i]", "R013"},
    {"past_end_of_cells", "", "local i = 25 return s.cells:at(i)", "R013"},
    {"fraction_of_cells", "", "local i = 1.5 return s.cells:at(i)", "R013"},
    {"dot_of_lengths", "", "return s.pos:dot(s.quat)", "R013"},
    {"unknown_by_computed_name", "", "local k = 'hei' .. 'ghtt' return s[k]", "R012"},
    {"memory_type", "", "m.best = 'high' return 0", "R021"},
    {"memory_length", "", "m.last = { 1, 2 } return 0", "R021"},
    {"memory_nil", "", "m.best = nil return 0", "R021"},
    {"maker", "local make = term", "return make { 1 }", "R054"},
    {"late_require", "local r = require", "return r 'tolerance'", "R054"},
    {"late_pairs", "local each = pairs", "for k in each({ 1 }) do return k end", "R054"},
};
class InTerm : public ::testing::TestWithParam<HostileTerm> {};

// Deleted: a failing term could stop the batch, spoil its neighbours, or not be reported where it
// is.
TEST_P(InTerm, CostsItsOwnRowsOnly) {
  const HostileTerm& h = GetParam();
  const std::string source =
      std::string(h.setup) + "\nreturn {\nfunction(s) return s.height end,\nfunction(s, a, p, m) " +
      "if s.count > 0 then " + h.body + " end return 7 end,\nfunction(s) return s.pitch end }";
  ScriptOptions options;
  options.memory_limit = size_t{4} << 20;
  options.step_ticks = 100'000;
  TestProgram p(source, options);
  ASSERT_TRUE(p.errors.empty()) << p.Text();
  TestRows rows(40);
  int bad = 0;
  for (int round = 0; round < 2; ++round) {  // the state stays usable
    std::fill(rows.flags.begin(), rows.flags.end(), 0);
    bad = 0;
    const auto out = p.Run(rows.Batch(), rows.flags.data());
    for (int r = 0; r < 40; ++r) {
      const bool fails = rows.Next<int32_t>("count")[r] > 0;
      bad += fails;
      EXPECT_EQ(out[r][0], rows.Next<double>("height")[r]);
      EXPECT_EQ(out[r][1], fails ? 0 : 7) << r;
      EXPECT_EQ(out[r][2], rows.Next<double>("pitch")[r]);
      EXPECT_EQ(rows.flags[r], fails ? kRowTermError : 0);
    }
  }
  const Diagnostics errors = p.runner->TakeErrors();
  ASSERT_EQ(errors.size(), 1u) << Format(errors);
  EXPECT_EQ(errors[0].code, h.code) << Format(errors);
  EXPECT_EQ(errors[0].repeats, 2 * bad - 1);
  EXPECT_EQ(errors[0].where.file, "test.lua");
  EXPECT_TRUE(errors[0].where.line == 4 || (h.setup[0] != '\0' && errors[0].where.line == 1))
      << Format(errors);
  EXPECT_THAT(Format(errors), HasSubstr("`t2`"));
  EXPECT_THAT(Format(errors), HasSubstr("seed 10"));
}
INSTANTIATE_TEST_SUITE_P(Hostile, InTerm, ::testing::ValuesIn(kInTerm),
                         [](const auto& info) { return std::string(info.param.name); });

// Deleted: the memory limit could count wrongly and let a state grow without bound.
TEST(Sandbox, MemoryLimitHolds) {
  ScriptOptions options;
  options.memory_limit = size_t{4} << 20;
  TestProgram p(
      "return { function(s) local t = {} for i = 1, 90000 do t[i] = {} end return #t end }",
      options);
  ASSERT_TRUE(p.errors.empty()) << p.Text();
  TestRows rows(8);
  p.Run(rows.Batch());
  EXPECT_LT(p.runner->heap_bytes(), size_t{21} << 20);  // the host itself may use 16 MiB more
  EXPECT_EQ(p.runner->TakeErrors()[0].code, "R041");
}

// Deleted: a term could keep state between calls, or change what another term calls, through a
// library table.
TEST(Sandbox, LibrariesAreReadOnly) {
  TestProgram p(
      "local m = math\nreturn { function(s) m.huge = 5 return 1 end,\n"
      "function(s) return math.huge end,\nfunction(s) return math.max(s.height, 1, 2) end }");
  // Named directly it is an error before anything runs.
  ASSERT_FALSE(p.errors.empty());
  EXPECT_EQ(p.errors[0].code, "R017");
  TestProgram alias(
      "return { function(s) local n = math n.floor = 5 return 1 end,\n"
      "function(s) return math.floor(s.height) end }");
  ASSERT_TRUE(alias.errors.empty()) << alias.Text();
  TestRows rows(2);
  const auto out = alias.Run(rows.Batch());
  EXPECT_EQ(out[0][1], std::floor(rows.Next<double>("height")[0]));
  EXPECT_EQ(alias.runner->TakeErrors()[0].code, "R016");
}

}  // namespace
}  // namespace carrot
