#include "engine/base/check.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/base/function_ref.h"

namespace carrot {
namespace {

// Without it checks could be compiled out of Release, where all real runs happen.
TEST(CheckDeathTest, StopsWithPlaceAndCondition) {
  EXPECT_DEATH(CARROT_CHECK(1 + 1 == 3), "check_test.cc:[0-9]+: 1 \\+ 1 == 3 does not hold");
  int evaluated = 0;
  CARROT_CHECK(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

// Without it a borrowed callable could copy its target: state changed in the call would be lost.
TEST(FunctionRef, CallsTheOriginal) {
  struct Counter {
    int calls = 0;
    int operator()(int x) { return ++calls * x; }
  } counter;
  FunctionRef<int(int)> ref(counter);
  const FunctionRef<int(int)> copy = ref;
  EXPECT_EQ(ref(10), 10);
  EXPECT_EQ(copy(10), 20);
  EXPECT_EQ(counter.calls, 2);
}

// Without it arguments could be copied on the way, which an allocation-free loop cannot afford.
TEST(FunctionRef, ForwardsReferences) {
  std::vector<int> values = {1, 2};
  const auto append = [](std::vector<int>& v) { v.push_back(3); };
  FunctionRef<void(std::vector<int>&)> ref(append);
  ref(values);
  EXPECT_EQ(values.size(), 3u);
}

}  // namespace
}  // namespace carrot
