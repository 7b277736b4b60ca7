#include "gui/widgets/expression.h"

#include <gtest/gtest.h>

#include <string>

namespace carrot {
namespace {

// Deleted: a typed weight could become another number than what was meant, or a typing error a 0.
TEST(ExpressionTest, ReadsWhatPeopleType) {
  const struct {
    const char* text;
    double value;
  } cases[] = {{"0.25", 0.25},     {" -3 ", -3},     {"1/3", 1.0 / 3},  {"2*x", 1},
               {"-(x + 1)", -1.5}, {"1e-3", 1e-3},   {"2 - 3 - 4", -5}, {"8/2/2", 2},
               {"+.5", 0.5},       {"1 + 2 * 3", 7}, {"((x)) * -2", -1}};
  for (const auto& c : cases) {
    const std::optional<double> value = Evaluate(c.text, 0.5);
    ASSERT_TRUE(value) << c.text;
    EXPECT_EQ(*value, c.value) << c.text;
  }
}

TEST(ExpressionTest, RefusesWhatIsNoNumber) {
  for (const char* text : {"", " ", "y", "2*", "(1", "1)", "1 2", "1/0", "nan", "inf", "1e999",
                           "2**3", "x x", "0x", "--"}) {
    EXPECT_FALSE(Evaluate(text, 0.5)) << text;
  }
  EXPECT_FALSE(Evaluate(std::string(100'000, '('), 0)) << "no depth of brackets ends the program";
  EXPECT_FALSE(Evaluate(std::string(100'000, '-') + "1", 0));
}

}  // namespace
}  // namespace carrot
