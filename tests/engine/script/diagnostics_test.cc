// What users read when a script is wrong: code, place, words, suggestion.
#include <gmock/gmock.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <tuple>

#include "tests/engine/script/term_fixture.h"

namespace carrot {
namespace {

using ::testing::HasSubstr;

struct Mistake {
  const char* name;
  const char* body;  // of function(s, a, p, m), on line 2
  const char* code;
  int column;         // in line 2; 0: no caret
  const char* caret;  // text above the carets
  const char* message;
  const char* help;  // in any help, or ""
};

// Line 2 is "  function(s, a, p, m) " + body + " end,": the body starts at column 24.
const Mistake kMistakes[] = {
    {"field", "return s.heigth", "R012", 33, "heigth", "`s.heigth` does not exist in task `test`",
     "did you mean `height` (number, m)?"},
    {"prev_field", "return s.prev.pich", "R012", 38, "pich", "`s.prev.pich` does not exist",
     "did you mean `pitch` (number)?"},
    {"builtin", "return s.stepp", "R012", 33, "stepp", "`s.stepp`", "did you mean `step`?"},
    {"quoted_field", "return s['heigth']", "R012", 33, "'heigth'", "`s.heigth`", "height"},
    {"component", "return s.pos.w", "R013", 37, "w", "`s.pos` has no component `w`",
     "components: x, y, z"},
    {"component_of_unnamed", "return s.quat.w", "R013", 38, "w", "`s.quat` has no component `w`",
     "s.quat[1] to s.quat[4]"},
    {"index_0", "return s.pos[0]", "R013", 37, "0",
     "index 0 is outside `s.pos`, which has elements 1 to 3", "start at 1"},
    {"index_past", "return s.quat[5]", "R013", 38, "5",
     "index 5 is outside `s.quat`, which has elements 1 to 4", ""},
    {"part_of_number", "return s.height.x", "R013", 40, "x", "`s.height` is a single value", ""},
    {"big_index", "return s.cells[3]", "R013", 39, "3", "`s.cells` has 24 elements",
     "write s.cells:at(i)"},
    {"method", "return s.pos:nrom()", "R013", 37, "nrom", "`s.pos` has no method `nrom`",
     "did you mean `norm`?"},
    {"action", "return a.hipp", "R013", 33, "hipp", "`a` has no component `hipp`",
     "did you mean `hip`?"},
    {"action_index", "return a[3]", "R013", 33, "3", "index 3 is outside `a`", ""},
    {"param", "return p.traget", "R014", 33, "traget", "`p.traget` is not a declared parameter",
     "did you mean `target`?"},
    {"memory", "return m.bset", "R015", 33, "bset", "`m.bset` is not declared in `memory`",
     "did you mean `best`?"},
    {"memory_element", "return m.last[4]", "R013", 38, "4", "`m.last` has elements 1 to 3", ""},
    {"write_state", "s.height = 1 return 0", "R016", 24, "s", "`s.height` is read-only",
     "local variables"},
    {"write_component", "s.pos.x = 1 return 0", "R016", 30, "x", "`s.pos` is read-only", ""},
    {"write_param", "p.target = 1 return 0", "R016", 26, "target", "`p.target` is read-only", ""},
    {"write_action", "a[1] = 0 return 0", "R016", 26, "1", "`a` is read-only", ""},
    {"write_parameter", "s = nil return 0", "R016", 24, "s", "the parameter `s` is assigned to",
     "another local"},
    {"upvalue", "count = count + 1 return count", "R017", 24, "count",
     "writes `count`, a variable that outlives the call", "memory = { count = 0 }"},
    {"upvalue_table", "cache.x = 1 return 0", "R017", 24, "cache",
     "changes `cache`, a table that outlives the call", "memory"},
    {"through_helper", "return bump()", "R017", 0, "",
     "writes `count`, a variable that outlives the call", "memory"},
    {"field_in_helper", "return helper(s)", "R012", 0, "", "`s.hieght` does not exist",
     "did you mean `height`"},
    {"global_write", "total = 1 return 0", "R017", 24, "total", "`total` is written as a global",
     "local total"},
    {"unknown_name", "return cosh(1)", "R011", 31, "cosh", "`cosh` is not defined", "math.cosh"},
    {"unknown_helper", "return tolerence(1, 2, 3)", "R011", 31, "tolerence",
     "`tolerence` is not defined", "local tolerance = require \"tolerance\""},
    {"misspelt_local", "return helpr(s)", "R011", 31, "helpr", "`helpr` is not defined",
     "did you mean `helper`?"},
    {"library_member", "return math.sqr(2)", "R011", 36, "sqr", "`math.sqr` is not defined",
     "did you mean `math.sqrt`?"},
    {"pairs", "for k in pairs({}) do end return 0", "R054", 33, "pairs",
     "`pairs` cannot be used inside a term", "ipairs"},
};
class Mistakes : public ::testing::TestWithParam<Mistake> {};

// Deleted: a message could point at the wrong place, lose its suggestion, or come only when
// training runs.
TEST_P(Mistakes, AreFoundBeforeAnythingRuns) {
  const Mistake& mistake = GetParam();
  const bool helper = std::string(mistake.name) == "field_in_helper";
  const std::string setup =
      std::string("local count, cache = 0, {} local function helper(q) return ") +
      (helper ? "q.hieght" : "q.height") + " end " +
      (std::string(mistake.name) == "through_helper"
           ? "local function bump() count = count + 1 return count end "
           : "") +
      "return {\n";
  TestProgram p(setup + "  function(s, a, p, m) " + mistake.body + " end,\n}");
  ASSERT_FALSE(p.errors.empty());
  const Diagnostic& d = p.errors[0];
  const std::string text = Format(p.errors);
  EXPECT_EQ(d.code, mistake.code) << text;
  EXPECT_THAT(d.message, HasSubstr(mistake.message)) << text;
  EXPECT_THAT(text, HasSubstr(mistake.help)) << text;
  EXPECT_EQ(d.where.line, mistake.column == 0 ? 1 : 2) << text;  // helpers stand on line 1
  if (mistake.column == 0) return;
  EXPECT_EQ(d.where.column, mistake.column) << text;
  EXPECT_EQ(d.excerpt.substr(d.where.column - 1, d.where.length), mistake.caret) << text;
}
INSTANTIATE_TEST_SUITE_P(All, Mistakes, ::testing::ValuesIn(kMistakes),
                         [](const auto& info) { return std::string(info.param.name); });

// Deleted: the set could shrink, or its suggestions be dropped one by one.
TEST(Diagnostics, ThirtyMistakesAndTwentySuggestions) {
  int suggestions = 0;
  for (const Mistake& mistake : kMistakes) suggestions += mistake.help[0] != '\0';
  EXPECT_GE(std::size(kMistakes), 30U);
  EXPECT_GE(suggestions, 20);
}

// Deleted: an endless loop or a raised error could lose its column.
TEST(Diagnostics, RunTimeErrorsWithoutANameStillHaveACaret) {
  const std::tuple<const char*, const char*, int> cases[] = {
      {"local x = 0 while x >= 0 do x = x + 1 end", "R040", 13},
      {"local x = 0 repeat x = x + 1 until x < 0", "R040", 13},
      {"for i = 1, math.huge do end", "R040", 1},
      {"for i = 1, 9 do while true do end end", "R040", 0},  // two loops: which one is not said
      {"local t = {} error('no ' .. 1)", "R034", 14},
      {"assert(nil, 'never')", "R034", 1},
  };
  for (const auto& [line, code, column] : cases) {
    TestProgram p(std::string("\n") + line + "\nreturn {}");
    ASSERT_EQ(p.errors.size(), 1U) << line;
    EXPECT_EQ(p.errors[0].code, code) << p.Text();
    EXPECT_EQ(p.errors[0].where.line, 2) << p.Text();
    EXPECT_EQ(p.errors[0].where.column, column) << p.Text();
  }
}

// Deleted: a user would fix mistakes one run at a time.
TEST(Diagnostics, AllMistakesAreReportedAtOnce) {
  TestProgram p(
      "return {\nfunction(s) return s.heigth end,\nfunction(s, a, p) return p.traget "
      "end,\nfunction(s) return s.pos.q end }");
  ASSERT_EQ(p.errors.size(), 3u) << p.Text();
  EXPECT_EQ(p.errors[0].where.line, 2);
  EXPECT_EQ(p.errors[1].where.line, 3);
  EXPECT_EQ(p.errors[2].where.line, 4);
}

// Deleted: a whole message could change its form unnoticed.
TEST(Diagnostics, TextOfAWholeMessage) {
  TestProgram p("return { function(s)\n  local h = s.heigth - 1.2\n  return h end }");
  EXPECT_EQ(
      p.Text(),
      "error[R012]: `s.heigth` does not exist in task `test`\n"
      " --> test.lua:2:15\n"
      "  |\n"
      "2 |   local h = s.heigth - 1.2\n"
      "  |               ^^^^^^ unknown field\n"
      "  |\n"
      "  = help: did you mean `height` (number, m)?\n"
      "  = note: fields: height, pitch, pos, vel, quat, cells, alive, count, speed, flags, out\n");
}

// Deleted: a run-time message could lose its line, its column or what it was about.
TEST(Diagnostics, RunTimeErrorsNameThePlace) {
  TestProgram p("return { function(s)\n  local v = { 1 }\n  return v.left + s.height end }");
  TestRows rows(3);
  p.Run(rows.Batch());
  const Diagnostics errors = p.runner->TakeErrors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(Format(errors),
            "error[R030]: term `t1`: attempt to perform arithmetic on field 'left' (a nil value)\n"
            " --> test.lua:3:12\n"
            "  |\n"
            "3 |   return v.left + s.height end }\n"
            "  |            ^^^^\n"
            "  |\n"
            "  = note: first at row 0, step 1, seed 1000\n"
            "  = note: the value counts as 0 in this row; the other rows go on\n"
            "  = note: and 2 more of R030\n");
}

// Deleted: line numbers could shift by the rewriting, or a syntax error lose its place.
TEST(Diagnostics, SyntaxErrorsHaveLineAndCaret) {
  TestProgram p("return {\n  function(s) return s.height +* 2 end,\n}");
  ASSERT_EQ(p.errors.size(), 1u);
  EXPECT_EQ(p.errors[0].code, "R001");
  EXPECT_EQ(p.errors[0].where.line, 2);
  EXPECT_EQ(p.errors[0].where.column, 32);
}

// --- the returned value as data
// ---------------------------------------------------------------------------
constexpr char kData[] = R"(
local function make(n) return { fn = function() return n end } end
return task { "first",
  zebra = 1, apple = { 3, 4, x = uniform(-1, 1) }, mango = function() end,
  flag = true, far = math.huge, path = asset "a/b.xml", ["odd key"] = 2,
  made = make(1),
})";
Result<std::shared_ptr<const LuaScript>> Data() {
  ScriptOptions options;
  options.makers = {"task", "uniform", "asset"};
  return LuaScript::FromSource(kData, "data.lua", options);
}

// Deleted: fields, terms and causes could change their order from one state to the next.
TEST(LuaView, TablesKeepTheOrderOfTheSource) {
  auto script = Data();
  ASSERT_TRUE(script.has_value()) << Format(script.error());
  const LuaValue& root = (*script)->root();
  EXPECT_EQ(root.tag, "task");
  std::vector<std::string> keys;
  for (const auto& entry : root.entries) keys.push_back(entry.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"zebra", "apple", "mango", "flag", "far", "path",
                                            "odd key", "made"}));
  EXPECT_EQ(root.array[0].string, "first");
  EXPECT_EQ(root.entries[0].where.line, 4);
  EXPECT_EQ(root.entries[0].where.column, 3);
  EXPECT_EQ(root.Find("mango")->where.column, 60);
  EXPECT_EQ(root.Find("apple")->Find("x")->tag, "uniform");
  EXPECT_EQ(root.Find("path")->array[0].string, "a/b.xml");
  EXPECT_TRUE(root.Find("made")->Find("fn")->is_function());
  EXPECT_NE(root.Find("made")->Find("fn")->function, root.Find("mango")->function);
}

// Deleted: worlds could get their options in another shape than the reader promised.
TEST(LuaView, JsonOfATable) {
  auto script = Data();
  ASSERT_TRUE(script.has_value());
  const nlohmann::json json = ToJson((*script)->root());
  EXPECT_EQ(json, nlohmann::json::parse(R"({"$": "task", "1": "first", "zebra": 1,
      "apple": {"1": 3, "2": 4, "x": {"$": "uniform", "1": -1, "2": 1}}, "flag": true, "far": "inf",
      "path": {"$": "asset", "1": "a/b.xml"}, "odd key": 2, "made": {}})"))
      << json;
  EXPECT_EQ(ToJson(*(*script)->root().Find("mango"))["$function"],
            (*script)->root().Find("mango")->function);
}

// Deleted: a misspelt key could be ignored, or a wrong type read as something else.
TEST(LuaView, TableReaderFindsEveryMistake) {
  auto script = LuaScript::FromSource(
      "return {\n  horizn = 3,\n  doc = 4,\n  count = 1.5,\n  'extra' }", "t.lua", {});
  ASSERT_TRUE(script.has_value());
  Diagnostics errors;
  TableReader r((*script)->root(), "task", **script, &errors);
  std::string doc;
  int count = 0, horizon = 0;
  EXPECT_FALSE(r.String("doc", &doc));
  EXPECT_FALSE(r.Integer("count", &count));
  if (!r.Integer("horizon", &horizon)) r.Missing("horizon", "steps");
  r.Finish();
  ASSERT_EQ(errors.size(), 4u) << Format(errors);
  EXPECT_EQ(errors[0].code, "R021");
  EXPECT_EQ(errors[0].where.line, 3);
  EXPECT_EQ(errors[1].message, "`count` of task must be a whole number, not 1.5");
  EXPECT_EQ(errors[2].code, "R020");
  EXPECT_EQ(errors[2].help[0], "did you mean `horizon`?");
  EXPECT_EQ(errors[3].where.line, 5);
}

// --- modules
// ----------------------------------------------------------------------------------------------
// Deleted: a reward's hash could stay the same although a module that it uses has changed.
TEST(Modules, AreHashedAndLocated) {
  ScriptOptions options;
  options.library_dirs = {std::string(CARROT_SOURCE_DIR) + "/rewards/lib"};
  auto script = LuaScript::FromSource("local t = require 'tolerance' return { t(0, 0, 1) }",
                                      "x.lua", options);
  ASSERT_TRUE(script.has_value()) << Format(script.error());
  EXPECT_EQ((*script)->root().array[0].number, 1);
  ASSERT_EQ((*script)->modules().size(), 1u);
  EXPECT_EQ((*script)->modules()[0].name, "tolerance");
  auto unknown = LuaScript::FromSource("local t = require 'tolerence'\nreturn t", "x.lua", options);
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error()[0].message,
            "there is no module `tolerence` (did you mean `tolerance`?)");
  EXPECT_EQ(unknown.error()[0].where.line, 1);
}

}  // namespace
}  // namespace carrot
