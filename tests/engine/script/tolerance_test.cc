// The shipped Lua library against references written here.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/script/lua_script.h"

namespace carrot {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

Result<std::shared_ptr<const LuaScript>> RunText(const std::string& source) {
  ScriptOptions options;
  options.library_dirs = {std::string(CARROT_SOURCE_DIR) + "/rewards/lib"};
  return LuaScript::FromSource(source, "lib.lua", options);
}
double Tolerance(const std::string& arguments) {
  auto script = RunText("local t = require 'tolerance' return { t(" + arguments + ") }");
  EXPECT_TRUE(script.has_value()) << Format(script.error());
  return script ? (*script)->root().array[0].number : kInf;
}

// The value at distance d margins, from the definition: f(0) = 1, f(1) = v.
double Reference(const std::string& sigmoid, double d, double v) {
  if (sigmoid == "gaussian") return std::pow(v, d * d);
  if (sigmoid == "long_tail") return 1 / (1 + d * d * (1 / v - 1));
  if (sigmoid == "reciprocal") return 1 / (1 + d * (1 / v - 1));
  if (sigmoid == "hyperbolic") return 1 / std::cosh(d * std::acosh(1 / v));
  if (sigmoid == "linear") return std::max(0.0, 1 - d * (1 - v));
  if (sigmoid == "quadratic") return std::max(0.0, 1 - d * d * (1 - v));
  if (sigmoid == "cosine") {
    const double angle = d * std::acos(2 * v - 1);
    return angle < M_PI ? (1 + std::cos(angle)) / 2 : 0;
  }
  const double t = std::tanh(d * std::atanh(std::sqrt(1 - v)));
  return 1 - t * t;
}

// Deleted: a reward that is built on tolerance could fall off at another rate than it says.
TEST(Tolerance, MatchesItsDefinition) {
  for (const char* sigmoid : {"gaussian", "hyperbolic", "long_tail", "reciprocal", "cosine",
                              "linear", "quadratic", "tanh_squared"}) {
    for (double v : {0.1, 0.5, 0.9}) {
      for (double d : {0.1, 0.5, 1.0, 1.05, 3.0}) {
        const std::string tail = ", 2, '" + std::string(sigmoid) + "', " + std::to_string(v);
        const double expected = Reference(sigmoid, d, v);
        EXPECT_NEAR(Tolerance(std::to_string(3 + 2 * d) + ", 1, 3" + tail), expected, 1e-6)
            << sigmoid << v << d;
        EXPECT_NEAR(Tolerance(std::to_string(1 - 2 * d) + ", 1, 3" + tail), expected, 1e-6)
            << sigmoid << v << d;
      }
    }
  }
}

// Deleted: the ends of the interval, half-open intervals, no margin and NaN could be decided
// another way.
TEST(Tolerance, Ends) {
  EXPECT_EQ(Tolerance("1, 1, 3"), 1);
  EXPECT_EQ(Tolerance("3, 1, 3"), 1);
  EXPECT_EQ(Tolerance("3.0001, 1, 3"), 0);
  EXPECT_EQ(Tolerance("1e9, 1, math.huge, 1"), 1);
  EXPECT_NEAR(Tolerance("0, 1, math.huge, 1"), 0.1, 1e-12);
  EXPECT_TRUE(std::isnan(Tolerance("0/0, 1, 3, 1")));
}

// Deleted: a wrong call would give a number.
TEST(Tolerance, WrongArgumentsAreErrors) {
  for (const char* arguments : {"1, 3, 1", "1, 1, 3, -1", "1, 1, 3, 1, 'gauss'",
                                "1, 1, 3, 1, 'gaussian', 0", "1, 1, 3, 1, 'linear', 1"}) {
    auto script =
        RunText("local t = require 'tolerance' return { t(" + std::string(arguments) + ") }");
    ASSERT_FALSE(script.has_value()) << arguments;
    EXPECT_EQ(script.error()[0].code, "R034");
  }
}

// Deleted: rewards with a clip stage would not load.
TEST(Shape, ClipIsAStage) {
  auto script = RunText("local shape = require 'shape' return shape.clip(-1, 2)");
  ASSERT_TRUE(script.has_value()) << Format(script.error());
  EXPECT_EQ((*script)->root().Find("stage")->string, "clip");
  EXPECT_EQ((*script)->root().array[0].number, -1);
  EXPECT_EQ((*script)->root().array[1].number, 2);
  EXPECT_FALSE(RunText("local shape = require 'shape' return shape.clip(2, -1)").has_value());
}

}  // namespace
}  // namespace carrot
