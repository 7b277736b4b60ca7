#include "engine/session/script_edit.h"

#include <gmock/gmock.h>

#include "rewards/host/lua_reward.h"
#include "tests/support/script_folder.h"
#include "tests/support/toy_task.h"

namespace carrot {
namespace {

using ::testing::HasSubstr;

constexpr char kEdited[] = R"lua(-- weight = 7 in a comment
local half = 0.5
return reward {
  params = {
    gain = param { 1, min = 0, max = 4, doc = "weight = 3" },
    low = param { -0.25, min = -1, max = 1 },
  },
  terms = {
    term { "right", weight = 2, fn = function(s, a, p)
      local weight = 5
      return weight * p.gain * (s.pos.x - s.prev.pos.x)
    end },
    term { "plain", doc = "no weight", fn = function(s) return s.pos.x end }, term { "beside", weight = 1, fn = function(s) return s.pos.y end },
    term { "effort", kind = "penalty", fn = function(s, a) return a:dot(a) end, weight = -0.05 },
    term { "computed", weight = 2 * half, fn = function(s, a, p) return p.low end },
    term { ["weight"] = 3, "quoted", fn = function(s)
      repeat local t = { weight = 1 } until true
      for i = 1, 2 do local u = ({ 1, 2 })[i] end
      return s.pos.x
    end, ['kind'] = "dense" },
  },
}
)lua";

class ScriptEditTest : public ::testing::Test {
 protected:
  std::shared_ptr<const RewardFunction> Load(const std::string& text) {
    folder_.Replace("toy.lua", text);
    auto loaded = LoadReward(folder_.Path("toy.lua"), task_->spec());
    EXPECT_TRUE(loaded) << Format(loaded.error());
    return loaded ? *loaded : nullptr;
  }
  testing::ScriptFolder folder_;
  std::shared_ptr<const Task> task_ = testing::MakeToyTask();
};

std::string WithOther(std::string text, const std::string& before, const std::string& after) {
  text.replace(text.find(before), before.size(), after);
  return text;
}

// Deleted: writing a tuning back could change more of a script than its numbers, or the number of
// another term.
TEST_F(ScriptEditTest, OnlyNumbersChange) {
  const auto reward = Load(kEdited);
  ASSERT_NE(reward, nullptr);
  const struct {
    const char *name, *before, *after;
    double value;
  } cases[] = {
      {"w:right", "\"right\", weight = 2,", "\"right\", weight = 0.125,", 0.125},
      {"w:right", "\"right\", weight = 2,", "\"right\", weight = -3,", -3},
      {"w:plain", "\"plain\",", "\"plain\", weight = 0.1,", 0.1},
      {"w:beside", "\"beside\", weight = 1", "\"beside\", weight = 1e-07", 1e-7},
      {"w:effort", "weight = -0.05", "weight = -0.25", -0.25},
      {"w:effort", "weight = -0.05", "weight = 4", 4},
      {"w:quoted", "[\"weight\"] = 3", "[\"weight\"] = 0.5", 0.5},
      {"p:gain", "param { 1,", "param { 2.5,", 2.5},
      {"p:low", "param { -0.25,", "param { 0.75,", 0.75},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.name) + " " + c.after);
    RewardSettings settings = DefaultSettings(reward->spec(), 0.99);
    const std::string name = c.name;
    for (size_t k = 0; k < reward->spec().terms.size(); ++k) {
      if (name == "w:" + reward->spec().terms[k].name) settings.weights.weights[k] = c.value;
    }
    for (size_t k = 0; k < reward->spec().params.size(); ++k) {
      if (name == "p:" + reward->spec().params[k].name) settings.params[k] = c.value;
    }
    const Result<std::string> text = EditDefaults(reward->spec(), settings);
    ASSERT_TRUE(text) << Format(text.error());
    EXPECT_EQ(*text, WithOther(kEdited, c.before, c.after));
  }
}

// Deleted: a script that was written back could load with other values than the window showed.
TEST_F(ScriptEditTest, WhatIsWrittenLoadsWithThoseValues) {
  const auto reward = Load(kEdited);
  ASSERT_NE(reward, nullptr);
  RewardSettings settings = DefaultSettings(reward->spec(), 0.99);
  settings.weights.weights = {
      0.1 + 0.2, 1.0 / 3, -1e-7, 12345.678901234567, settings.weights.weights[4], 1e20};
  settings.params = {3.3, -0.7};
  const Result<std::string> text = EditDefaults(reward->spec(), settings);
  ASSERT_TRUE(text) << Format(text.error());
  const auto written = Load(*text);
  ASSERT_NE(written, nullptr);
  const RewardSettings defaults = DefaultSettings(written->spec(), 0.99);
  EXPECT_EQ(defaults.weights.weights, settings.weights.weights);
  EXPECT_EQ(defaults.params, settings.params);
  EXPECT_EQ(*EditDefaults(written->spec(), defaults), *text) << "nothing is left to do";
}

// Deleted: a value that the script computes could be overwritten, or half of a tuning be written.
TEST_F(ScriptEditTest, AComputedValueIsLeftToItsAuthor) {
  const auto reward = Load(kEdited);
  ASSERT_NE(reward, nullptr);
  RewardSettings settings = DefaultSettings(reward->spec(), 0.99);
  settings.weights.weights[0] = 9;
  settings.weights.weights[4] = 3;
  const Result<std::string> text = EditDefaults(reward->spec(), settings);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error()[0].code, "R027");
  EXPECT_THAT(text.error()[0].message, HasSubstr("`w:computed`"));
  EXPECT_EQ(text.error()[0].where.line, 15);
}

// Deleted: one number of a loop could be written for terms that are to differ.
TEST_F(ScriptEditTest, TermsOfALoopShareTheirNumber) {
  const auto reward = Load(R"lua(
local terms = {}
for i = 1, 2 do
  terms[i] = term { "t" .. i, weight = 2, fn = function(s) return s.pos.x end }
end
return reward { terms = terms }
)lua");
  ASSERT_NE(reward, nullptr);
  RewardSettings settings = DefaultSettings(reward->spec(), 0.99);
  settings.weights.weights = {5, 5};
  const Result<std::string> together = EditDefaults(reward->spec(), settings);
  ASSERT_TRUE(together) << Format(together.error());
  EXPECT_THAT(*together, HasSubstr("\"t\" .. i, weight = 5, fn"));
  settings.weights.weights = {5, 2};
  EXPECT_FALSE(EditDefaults(reward->spec(), settings));
}

// Deleted: the weight of the potential could stay as it was, without a word.
TEST_F(ScriptEditTest, ThePotentialsWeightIsWritten) {
  const struct {
    const char *before, *after;
  } cases[] = {
      {"{ weight = 0.5, fn = f }", "{ weight = 2, fn = f }"},
      {"{ fn = f, [\"weight\"] = -1; }", "{ fn = f, [\"weight\"] = 2; }"},
      {"{ fn = f }", "{ weight = 2, fn = f }"},
      {"function(s) return s.pos.x end", "{ weight = 2, fn = function(s) return s.pos.x end }"},
      {"f", ""},  // it may be anything
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.before);
    const std::string script =
        WithOther(WithOther(kEdited, "  terms = {",
                            std::string("  potential = ") + c.before + ",\n  terms = {"),
                  "return reward", "local function f(s) return s.pos.x end\nreturn reward");
    const auto reward = Load(script);
    ASSERT_NE(reward, nullptr);
    RewardSettings settings = DefaultSettings(reward->spec(), 0.99);
    EXPECT_EQ(*EditDefaults(reward->spec(), settings), script);
    settings.weights.potential = 2;
    const Result<std::string> text = EditDefaults(reward->spec(), settings);
    if (*c.after == 0) {
      ASSERT_FALSE(text);
      EXPECT_EQ(text.error()[0].code, "R027");
      EXPECT_THAT(text.error()[0].message, HasSubstr("`w:potential`"));
      EXPECT_THAT(text.error()[0].help[0], HasSubstr("potential = { weight = 2"));
      continue;
    }
    ASSERT_TRUE(text) << Format(text.error());
    EXPECT_EQ(*text, WithOther(script, c.before, c.after));
    EXPECT_EQ(Load(*text)->spec().potential_weight, 2);
  }
}

// Deleted: the preview of a change could show lines that do not change, or hide some that do.
TEST(LineDiffTest, ShowsWhatChangesWithItsSurroundings) {
  EXPECT_EQ(LineDiff("a\nb\n", "a\nb\n"), "");
  EXPECT_EQ(LineDiff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "@@ 2\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
  EXPECT_EQ(LineDiff("", "a\n"), "@@ 1\n+a\n");
  EXPECT_EQ(LineDiff("a\n", ""), "@@ 1\n-a\n");
}

}  // namespace
}  // namespace carrot
