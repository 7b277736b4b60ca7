#include "rewards/host/reward_api.h"

#include <gmock/gmock.h>

#include "rewards/host/reward_reader.h"

namespace carrot {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::IsSupersetOf;
using ::testing::Not;

const RewardApi& Api() {
  static const Result<RewardApi> api = DescribeRewardApi();
  EXPECT_TRUE(api.has_value()) << Format(api.error());
  return *api;
}

// Deleted: a key that the reader learns would be missing from editors' completion, or stand there
// without a word. If this fails after you added a key: describe it in reward_api.cc.
TEST(RewardApi, EveryKeyThatTheReaderKnowsHasATypeAndADoc) {
  ASSERT_EQ(Api().tables.size(), 5u);
  for (const ApiTable& table : Api().tables) {
    EXPECT_FALSE(table.keys.empty()) << table.name;
    for (const ApiKey& key : table.keys) {
      EXPECT_NE(key.type, "any") << table.name << "." << key.name;
      EXPECT_NE(key.doc, "") << table.name << "." << key.name;
    }
  }
  std::vector<std::string> makers;
  for (const ApiTable& table : Api().tables) {
    if (table.maker) makers.push_back(table.name);
  }
  EXPECT_THAT(makers, ::testing::UnorderedElementsAreArray(RewardMakers()));
}

// Deleted: the keys could be read from somewhere else than the reader.
TEST(RewardApi, KeysAreTheReaders) {
  const ApiTable& term = Api().tables[1];
  for (const char* key : {"fn", "weight", "kind", "range", "unit", "doc"}) {
    EXPECT_THAT(term.keys, Contains(Field(&ApiKey::name, key)));
  }
  EXPECT_THAT(term.keys, Not(Contains(Field(&ApiKey::name, "_"))));
}

// Deleted: stubs could offer what the sandbox refuses.
TEST(RewardApi, GlobalsAreTheSandboxs) {
  EXPECT_THAT(Api().globals,
              IsSupersetOf({"reward", "term", "param", "math.abs", "string.format", "require"}));
  for (const char* refused : {"io", "os", "load", "string.dump", "setmetatable", "print"}) {
    EXPECT_THAT(Api().globals, Not(Contains(refused)));
  }
}

// Deleted: the library's functions could be listed without their parameters and words.
TEST(RewardApi, ModulesTellTheirFunctions) {
  for (const ApiModule& module : Api().modules) {
    EXPECT_FALSE(module.doc.empty()) << module.name;
    EXPECT_FALSE(module.functions.empty()) << module.name;
  }
  for (const ApiModule& module : Api().modules) {
    if (module.name != "shape") continue;
    EXPECT_THAT(module.functions, Contains(Field(&ApiFunction::name, "clip")));
    for (const ApiFunction& function : module.functions) {
      if (function.name != "clip") continue;
      EXPECT_EQ(function.params, (std::vector<std::string>{"low", "high"}));
      EXPECT_FALSE(function.doc.empty());
    }
  }
}

}  // namespace
}  // namespace carrot
