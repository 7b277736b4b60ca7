#include "engine/session/tuned_values.h"

#include <gmock/gmock.h>

namespace carrot {
namespace {

using ::testing::Pair;
using ::testing::UnorderedElementsAre;

struct Value {
  const char* name;
  double value;
};

RewardSpec Spec(const std::vector<Value>& terms, const std::vector<Value>& params) {
  RewardSpec spec;
  for (const Value& value : terms) {
    RewardTermSpec term;
    term.name = value.name;
    term.weight = value.value;
    spec.terms.push_back(term);
  }
  for (const Value& value : params) {
    ParamSpec param;
    param.name = value.name;
    param.value = value.value;
    param.low = 0;
    param.high = 10;
    spec.params.push_back(param);
  }
  return spec;
}

// Deleted: an edit could throw away what was tuned by hand, or keep what was not.
TEST(TunedValues, FollowTheDefaultOrStay) {
  const RewardSpec before = Spec({{"kept", 1}, {"tuned", 1}, {"moved", 1}}, {{"speed", 2}});
  RewardSettings settings = DefaultSettings(before, 0.9);
  settings.weights.weights[1] = 5;
  const RewardSpec after = Spec({{"moved", 3}, {"tuned", 2}, {"kept", 1}}, {{"speed", 4}});
  const RewardSettings carried = TunedValues().Carry(before, settings, after);
  EXPECT_EQ(carried.weights.weights, (std::vector<double>{3, 5, 1}));
  EXPECT_EQ(carried.params, std::vector<double>{4});
  EXPECT_EQ(carried.weights.gamma, 0.9);
  EXPECT_THAT(TunedValues::Overrides(after, carried), UnorderedElementsAre(Pair("w:tuned", 5)));
}

// Deleted: renaming a term for a minute would lose its weight.
TEST(TunedValues, ComeBackWithTheirName) {
  const RewardSpec with = Spec({{"a", 1}, {"b", 1}}, {{"speed", 2}});
  const RewardSpec without = Spec({{"a", 1}}, {});
  RewardSettings settings = DefaultSettings(with, 0.99);
  settings.weights.weights[1] = 7;
  settings.params[0] = 3;
  TunedValues tuned;
  RewardSettings now = tuned.Carry(with, settings, without);
  tuned.Keep(with, settings, without);
  EXPECT_THAT(tuned.aside(), UnorderedElementsAre(Pair("w:b", 7), Pair("p:speed", 3)));
  const RewardSettings back = tuned.Carry(without, now, with);
  tuned.Keep(without, now, with);
  EXPECT_EQ(back.weights.weights, (std::vector<double>{1, 7}));
  EXPECT_EQ(back.params, std::vector<double>{3});
  EXPECT_TRUE(tuned.aside().empty());
}

// Deleted: a script could run with a parameter outside of the range that it declares.
TEST(TunedValues, StayWithinANewRange) {
  const RewardSpec before = Spec({}, {{"speed", 2}});
  RewardSettings settings = DefaultSettings(before, 0.99);
  settings.params[0] = 9;
  RewardSpec narrow = before;
  narrow.params[0].high = 4;
  EXPECT_EQ(TunedValues().Carry(before, settings, narrow).params[0], 4);
}

// Deleted: the potential's weight would be forgotten at each save.
TEST(TunedValues, KnowThePotential) {
  RewardSpec spec = Spec({}, {});
  spec.has_potential = true;
  spec.potential_weight = 1;
  RewardSettings settings = DefaultSettings(spec, 0.99);
  settings.weights.potential = 0.5;
  RewardSpec edited = spec;
  edited.potential_weight = 2;
  EXPECT_EQ(TunedValues().Carry(spec, settings, edited).weights.potential, 0.5);
}

}  // namespace
}  // namespace carrot
