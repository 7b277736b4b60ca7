// Deleted: a weight of 1e308 could turn every return into "-" without a word.
#include "engine/core/return_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace carrot {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

RewardSpec TwoTerms() {
  RewardSpec spec;
  spec.name = "mine";
  spec.path = "mine.lua";
  spec.terms.resize(2);
  spec.terms[0].name = "alive";
  spec.terms[0].where = {"mine.lua", 3, 1, 4};
  spec.terms[1].name = "speed";
  return spec;
}

TEST(ReturnCheck, SilentOnReturnsOfUse) {
  const RewardSpec spec = TwoTerms();
  const RewardWeights weights{.weights = {1e308, 1}};
  ReturnCheck check(spec, weights);
  check.Add(1e149, {});
  check.Add(-3, std::vector<double>{1, 2});
  EXPECT_TRUE(check.Errors().empty());
}

TEST(ReturnCheck, NamesTheWeight) {
  const RewardSpec spec = TwoTerms();
  const RewardWeights weights{.weights = {1e308, 1}};
  ReturnCheck check(spec, weights);
  check.Add(kInf, std::vector<double>{50, 900});
  check.Add(kInf, std::vector<double>{60, 900});
  const Diagnostics errors = check.Errors();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].code, "R036");
  EXPECT_THAT(errors[0].message, ::testing::HasSubstr("2 returns"));
  EXPECT_THAT(errors[0].message, ::testing::HasSubstr("`alive` with weight 1e+308"));
  EXPECT_THAT(errors[0].help[0], ::testing::HasSubstr("--set w:alive=1"));
  EXPECT_EQ(errors[0].where.line, 3);
}

TEST(ReturnCheck, NamesTheTermWhoseValuesAreTooLarge) {
  const RewardSpec spec = TwoTerms();
  const RewardWeights weights{.weights = {1, 2}};
  ReturnCheck check(spec, weights);
  check.Add(-kInf, std::vector<double>{50, -1e300});
  const Diagnostics errors = check.Errors();
  EXPECT_THAT(errors[0].message, ::testing::HasSubstr("`speed`"));
  EXPECT_THAT(errors[0].help[0], ::testing::HasSubstr("bound what `speed` returns"));
  ReturnCheck nan(spec, weights);
  nan.Add(std::numeric_limits<double>::quiet_NaN(), std::vector<double>{50, kInf});
  EXPECT_EQ(nan.Errors().size(), 1u) << "not a number is of no use either";
}

TEST(ReturnCheck, NamesThePotential) {
  RewardSpec spec = TwoTerms();
  spec.has_potential = true;
  const RewardWeights weights{.weights = {1, 2}, .potential = 1e200};
  ReturnCheck check(spec, weights);
  check.Add(1e200, {});
  EXPECT_THAT(check.Errors()[0].help[0], ::testing::HasSubstr("--set w:potential=1"));
}

TEST(BlameWeight, OnlyAGreatOne) {
  const RewardSpec spec = TwoTerms();
  Diagnostic error = OverflowError(spec, 1);
  BlameWeight(spec, {.weights = {1, 2}}, &error);
  EXPECT_THAT(error.message, ::testing::Not(::testing::HasSubstr("weight")));
  BlameWeight(spec, {.weights = {1, -1e308}}, &error);
  EXPECT_THAT(error.message, ::testing::HasSubstr("`speed` has the weight -1e+308"));
}

}  // namespace
}  // namespace carrot
