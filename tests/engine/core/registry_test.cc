#include "engine/core/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carrot {
namespace {

// Without it a misspelt world would say nothing useful, or the list could depend on link order.
TEST(Registry, UnknownNamesGetASuggestionAndTheList) {
  Registry<int> registry("world");
  registry.Add("mujoco", 1);
  registry.Add("grid", 2);
  EXPECT_EQ(registry.Get("grid", "T010").value(), 2);
  const auto unknown = registry.Get("mujcoo", "T010");
  ASSERT_FALSE(unknown.has_value());
  const Diagnostic& d = unknown.error().front();
  EXPECT_EQ(d.code, "T010");
  EXPECT_EQ(d.message, "there is no world `mujcoo`");
  EXPECT_THAT(d.help, ::testing::ElementsAre("did you mean `mujoco`?", "known: grid, mujoco"));
  EXPECT_THAT(registry.Get("voxels", "T010").error().front().help,
              ::testing::ElementsAre("known: grid, mujoco"));
}

// Without it the second of two worlds with one name would silently win or lose.
TEST(RegistryDeathTest, DuplicatesStop) {
  Registry<int> registry("world");
  registry.Add("grid", 1);
  EXPECT_DEATH(registry.Add("grid", 2), "inserted does not hold");
}

}  // namespace
}  // namespace carrot
