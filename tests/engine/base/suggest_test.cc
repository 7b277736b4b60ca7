#include "engine/base/suggest.h"

#include <gtest/gtest.h>

namespace carrot {
namespace {

// Without it a swap of two letters, the commonest slip, would cost two edits and often miss.
TEST(Suggest, DistanceCountsEditsAndSwaps) {
  EXPECT_EQ(EditDistance("", ""), 0);
  EXPECT_EQ(EditDistance("", "abc"), 3);
  EXPECT_EQ(EditDistance("height", "heigth"), 1);
  EXPECT_EQ(EditDistance("torso_height", "torso_heigth"), 1);
  EXPECT_EQ(EditDistance("hopper", "hoper"), 1);
  EXPECT_EQ(EditDistance("hopper", "hooper"), 1);
  EXPECT_EQ(EditDistance("Hopper", "hopper"), 0);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
}

// Without it "did you mean" could name a far or an arbitrary thing, which is worse than silence.
TEST(Suggest, NamesTheNearestOrNothing) {
  const std::vector<std::string> names = {"hopper", "humanoid", "halfcheetah", "walker2d"};
  EXPECT_EQ(Suggest("hoper", names), "hopper");
  EXPECT_EQ(Suggest("humaniod", names), "humanoid");
  EXPECT_EQ(Suggest("wlaker2d", names), "walker2d");
  EXPECT_EQ(Suggest("zzz", names), "");
  EXPECT_EQ(Suggest("", names), "");
  EXPECT_EQ(Suggest("hopper", {}), "");
}

// Without it a name cut short or written with a version would get no help: "cheetah", "hopper-v5".
TEST(Suggest, FindsANameInsideAnother) {
  const std::vector<std::string> names = {"hopper", "halfcheetah"};
  EXPECT_EQ(Suggest("cheetah", names), "halfcheetah");
  EXPECT_EQ(Suggest("gymnasium_hopper", names), "hopper");
  EXPECT_EQ(Suggest("ho", names), "") << "two letters say nothing";
}

// Without it the answer could depend on the order of a hash table.
TEST(Suggest, TiesGoToTheFirst) {
  const std::vector<std::string> names = {"cat", "car"};
  EXPECT_EQ(Suggest("cax", names), "cat");
}

}  // namespace
}  // namespace carrot
