// Hostile scripts: each must end in its diagnostic, in bounded time and memory, and leave the
// process able to score a good script to the same bits.
#include <gmock/gmock.h>

#include <cstring>

#include "tests/engine/script/term_fixture.h"

namespace carrot {
namespace {

using ::testing::HasSubstr;

struct Hostile {
  const char* name;
  const char* source;  // a whole script
  const char* code;
  int line;  // 0: not checked
};

const Hostile kAtLoad[] = {
    {"insert_far", "table.insert({}, 1e15, 1)\nreturn {}", "R030", 1},
    {"insert_far_below", "table.insert({}, -2^31, 1)\nreturn {}", "R030", 1},
    {"remove_far_below", "table.remove({ 1 }, -2^31)\nreturn {}", "R030", 1},
    {"io", "return { io.open('x') }", "R050", 1},
    {"os", "local t = os.time()\nreturn {}", "R050", 1},
    {"debug", "return { debug.getregistry() }", "R050", 1},
    {"package", "return package.loaded", "R050", 1},
    {"ffi", "local ffi = require 'ffi'\nreturn {}", "R011", 1},
    {"jit", "jit.off()\nreturn {}", "R050", 1},
    {"require_path", "local t = require '../../etc/passwd'\nreturn t", "R011", 1},
    {"require_absolute", "local t = require '/etc/passwd'\nreturn t", "R011", 1},
    {"load", "return { load('return 1') }", "R050", 1},
    {"loadstring", "return { loadstring('return 1') }", "R050", 1},
    {"dofile", "return dofile('x.lua')", "R050", 1},
    {"string_dump", "return { string.dump(function() end) }", "R050", 1},
    {"dump_by_string", "return { ('x')['du' .. 'mp'](function() end) }", "R030", 1},
    {"getfenv", "return getfenv(0)", "R050", 1},
    {"setfenv", "setfenv(1, {})\nreturn {}", "R050", 1},
    {"globals", "return { _G.io }", "R050", 1},
    {"setmetatable", "return setmetatable({}, { __gc = function() end })", "R050", 1},
    {"string_metatable", "return { getmetatable('').__index }", "R050", 1},
    {"newproxy", "return { newproxy(true) }", "R050", 1},
    {"coroutine", "return { coroutine.wrap(function() while true do end end)() }", "R050", 1},
    {"pcall", "while true do pcall(error) end", "R050", 1},
    {"rawset", "rawset(math, 'pi', 3)\nreturn {}", "R050", 1},
    {"global_write", "evil = 1\nreturn {}", "R017", 1},
    {"library_write", "math.pi = 3\nreturn {}", "R017", 1},
    {"budget_name", "__B[1] = 1e300\nreturn {}", "R051", 1},
    {"budget_local", "local __X = 1\nreturn {}", "R051", 1},
    {"int64", "return { 1LL + 1 }", "R050", 1},
    {"imaginary", "return { 2i }", "R050", 1},
    {"bytecode", "\x1bLJ\x02\x02", "R050", 1},
    {"while", "\nwhile true do end", "R040", 2},
    {"while_comment", "\nwhile true do -- end\nend", "R040", 2},
    {"repeat", "\nrepeat until false", "R040", 2},
    {"repeat_local", "\nrepeat local x = 1 until x == 2", "R040", 2},
    {"for", "\nfor i = 1, math.huge do end", "R040", 2},
    {"for_step_0", "\nfor i = 1, 2, 0 do end\nlocal function f() return f() end f()", "R040", 0},
    {"for_in", "\nfor x in function() return 1 end do end", "R040", 2},
    {"goto", "\n::again:: goto again", "R040", 2},
    {"goto_continue",
     "while true do\n  if true then goto continue end\n  local x = 1\n  ::continue::\nend", "R040",
     0},
    {"recursion", "local function f() return 1 + f() end\nf()", "R042", 1},
    {"tail_call", "local function f() return f() end\nf()", "R040", 1},
    {"mutual", "local g\nlocal function f() return g() end\ng = function() return f() end\ng()",
     "R040", 0},
    {"method", "local t = {}\nfunction t:f() return self:f() end\nt:f()", "R040", 2},
    {"table_bomb", "local t = {}\nfor i = 1, 1e9 do t[i] = { i, i, i, i, i, i, i, i } end", "R041",
     0},
    {"nested_table_bomb",
     "local t = {}\nfor i = 1, 1e9 do t = { t, {}, {}, {}, {}, {}, {}, {}, {} } end", "R041", 0},
    {"concat_bomb", "local s = 'x'\nwhile true do s = s .. s end", "R053", 2},
    {"rep_bomb", "return { ('x'):rep(1e9) }", "R053", 1},
    {"rep_loop", "for i = 1, 1e9 do local s = ('x'):rep(60000) end", "R040", 1},
    {"table_concat_bomb",
     "local t = {}\nfor i = 1, 1000 do t[i] = ('x'):rep(60000) end\nreturn { table.concat(t) }",
     "R0", 0},
    {"format_bomb", "local s = ('x'):rep(60000)\nreturn { string.format('%s%s', s, s) }", "R053",
     2},
    {"format_pointer", "return { string.format('%p', {}) }", "R053", 1},
    {"gsub_bomb", "local s = ('x'):rep(60000)\nreturn { s:gsub('x', s) }", "R0", 2},
    {"pattern_bomb", "local s = ('a'):rep(3000)\nreturn { s:find(('a*'):rep(20) .. 'b') }", "R053",
     2},
    {"pattern_recursion", "local s = ('a'):rep(60000)\nreturn { s:find(('(a-)'):rep(20) .. 'b') }",
     "R053", 2},
    {"sort_inconsistent",
     "local t = {}\nfor i = 1, 999 do t[i] = i end\nwhile true do table.sort(t, function() return "
     "true end) end",
     "R0", 0},
    {"unpack_bomb", "local t = {}\nfor i = 1, 1e5 do t[i] = i end\nreturn { unpack(t) }", "R030",
     3},
    {"error_table", "error({})", "R034", 1},
    {"error_nil", "error(nil)", "R034", 1},
    {"error_code", "error('\\1R000\\1fake')", "R034", 1},
    {"self_containing", "local t = {}\nt.t = t\nreturn t", "R026", 0},
    {"deep", "local t = {}\nfor i = 1, 1000 do t = { t } end\nreturn t", "R026", 0},
    {"deep_source", nullptr, "R001", 0},  // filled in below
    {"not_lua", "this is not Lua", "R001", 1},
    {"unfinished", "return { 'abc", "R001", 1},
};

class AtLoad : public ::testing::TestWithParam<Hostile> {};

// The bits of a good script, scored now.
std::vector<std::vector<double>> Good() {
  TestProgram p("return { function(s) return s.pos:norm() ^ 1.5 + math.exp(-s.height ^ 2) end }");
  EXPECT_TRUE(p.errors.empty()) << p.Text();
  TestRows rows(64);
  return p.Run(rows.Batch());
}

// Deleted: a way out of the sandbox, a hang or a crash could come back with any change of the
// loader.
TEST_P(AtLoad, EndsInItsDiagnostic) {
  const Hostile& h = GetParam();
  const auto before = Good();
  const std::string deep = "return " + std::string(5000, '(') + "1" + std::string(5000, ')');
  ScriptOptions options;
  options.memory_limit = size_t{8} << 20;
  auto script = LuaScript::FromSource(h.source == nullptr ? deep : h.source, "evil.lua", options);
  ASSERT_FALSE(script.has_value());
  const Diagnostic& d = script.error()[0];
  EXPECT_THAT(d.code, ::testing::StartsWith(h.code)) << Format(script.error());
  EXPECT_EQ(d.where.file, "evil.lua") << Format(script.error());
  if (h.line > 0) {
    EXPECT_EQ(d.where.line, h.line) << Format(script.error());
  }
  EXPECT_EQ(Good(), before);
}
INSTANTIATE_TEST_SUITE_P(Hostile, AtLoad, ::testing::ValuesIn(kAtLoad),
                         [](const auto& info) { return std::string(info.param.name); });

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
    {"string", "", "local s = 'x' for i = 1, 100 do s = s .. s end return #s", "R053"},
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

// Deleted: a script could read another script's state through shared libraries.
TEST(Sandbox, StatesShareNothing) {
  TestProgram evil("local m = math m.huge = 5 return { function(s) return math.huge end }");
  ASSERT_TRUE(evil.errors.empty()) << evil.Text();
  TestProgram good("return { function(s) return math.huge == 5 and 1 or 0 end }");
  TestRows rows(2);
  EXPECT_EQ(evil.Run(rows.Batch())[0][0], 5);
  EXPECT_EQ(good.Run(rows.Batch())[0][0], 0);
}

}  // namespace
}  // namespace carrot
