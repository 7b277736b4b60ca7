// Where ticks stand: enough for safety (sandbox_test.cc runs the attacks), and no more.
#include <gtest/gtest.h>

#include "engine/script/source_analysis.h"

namespace carrot {
namespace {

int Count(const std::string& text, const std::string& part) {
  int n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

struct Case {
  const char* name;
  const char* source;
  int ticks;    // `__B[1]<0` tests
  int charges;  // loops that are charged at once
};
const Case kCases[] = {
    {"straight", "return { function(s) return s.x * 2 + math.abs(s.y) end }", 0, 0},
    {"branchy", "return { function(s) if s.x > 0 then return 1 end return 0 end }", 0, 0},
    {"helper", "local function f(x) return x * 2 end return { function(s) return f(s.x) end }", 0,
     0},
    {"library_local", "local abs = math.abs return { function(s) return abs(s.x) end }", 0, 0},
    {"short_for", "return { function(s) for i = 1, 4 do local x = i end end }", 0, 0},
    {"long_for", "return { function(s) for i = 1, 4000 do local x = i end end }", 0, 1},
    {"counted", "return { function(s) for i = 1, #s.v do local x = i end end }", 0, 1},
    {"stepped", "return { function(s) for i = 1, #s.v, 2 do local x = i end end }", 0, 1},
    {"left_early", "return { function(s) for i = 1, #s.v do if i > 2 then break end end end }", 1,
     0},
    {"unknown_start", "return { function(s) for i = s.x, 9 do local x = i end end }", 1, 0},
    {"while", "return { function(s) while s.x > 0 do local x = 1 end end }", 1, 0},
    {"repeat", "return { function(s) repeat local x = 1 until s.x > 0 end }", 1, 0},
    {"ipairs", "return { function(s) for i, x in ipairs { 1, 2 } do local y = x end end }", 1, 0},
    {"goto", "return { function(s) ::a:: if s.x > 0 then goto a end end }", 1, 0},
    {"method", "return { function(s) return s.v:norm() end }", 1, 0},
    {"recursion", "local function f(n) return f(n) end return { function(s) return f(1) end }", 1,
     0},
    {"assigned", "local function f() end f = nil return { function(s) return f() end }", 1, 0},
    {"assigned_library", "local f = math.abs f = nil return { function(s) return f(1) end }", 1, 0},
};

// Deleted: protection could cost what it did before on code that needs none.
TEST(TickPlan, ChargesOnlyWhatCanRunLong) {
  for (const Case& c : kCases) {
    const ScriptAnalysis analysis = Analyze(c.source, "t.lua", {});
    EXPECT_EQ(Count(analysis.instrumented, "__B[1]<0"), c.ticks) << c.name;
    EXPECT_EQ(Count(analysis.instrumented, "__n("), c.charges) << c.name;
    EXPECT_EQ(analysis.functions.back().silent, c.ticks + c.charges == 0) << c.name;
  }
}

}  // namespace
}  // namespace carrot
