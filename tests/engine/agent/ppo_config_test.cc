#include "engine/agent/ppo_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace carrot {
namespace {

// Without this, a setting could be missing from saved runs, so that a resume would change it.
TEST(PpoConfigTest, RoundTripsThroughJson) {
  PpoConfig config;
  config.hidden = {32, 16, 8};
  config.activation = Activation::kRelu;
  config.anneal = Anneal::kLinear;
  config.kl_rule = KlRule::kStop;
  config.target_kl = 0.015;
  config.seed = 0xffffffffffffffffULL;
  config.total_steps = 123456789012;
  config.normalize_reward = false;
  const nlohmann::json json = ToJson(config);
  EXPECT_EQ(json.size(), PpoFields(config).size());
  const auto back = PpoConfigFromJson(nlohmann::json::parse(json.dump()));
  ASSERT_TRUE(back) << Format(back.error());
  EXPECT_EQ(ToJson(*back), json);
  EXPECT_EQ(back->seed, config.seed);
  EXPECT_EQ(back->hidden, config.hidden);
}

// Without this, a slip in a setting would be silently ignored or crash.
TEST(PpoConfigTest, MistakesAreNamed) {
  const auto message = [](const char* text) {
    const auto config = PpoConfigFromJson(nlohmann::json::parse(text));
    if (config) return std::string("accepted");
    const Diagnostic& d = config.error()[0];
    return d.code + " " + d.message + (d.help.empty() ? "" : " | " + d.help[0]);
  };
  EXPECT_THAT(message(R"({"learning_rat": 1})"),
              ::testing::HasSubstr("no setting `learning_rat` | did you mean `learning_rate`?"));
  EXPECT_THAT(message(R"({"epochs": 2.5})"),
              ::testing::HasSubstr("U020 `epochs` must be a whole number, not 2.5"));
  EXPECT_THAT(message(R"({"gamma": 1.5})"), ::testing::HasSubstr("between 0 and 1, not 1.5"));
  EXPECT_THAT(message(R"({"gamma": "high"})"), ::testing::HasSubstr("a number, not \"high\""));
  EXPECT_THAT(message(R"({"activation": "gelu"})"),
              ::testing::HasSubstr("one of \"tanh\", \"relu\", not \"gelu\""));
  EXPECT_THAT(message(R"({"hidden": [64, 0]})"), ::testing::HasSubstr("a list of up to 8 widths"));
  EXPECT_THAT(message(R"({"normalize_reward": 1})"), ::testing::HasSubstr("true or false"));
  EXPECT_THAT(message(R"({"kl_rule": "stop"})"), ::testing::HasSubstr("needs a positive"));
  EXPECT_THAT(message(R"([1])"), ::testing::HasSubstr("must be an object"));
  EXPECT_EQ(message(R"({"total_steps": 1e6})"), "accepted");
}

// Without this, settings typed on a command line could not be words or lists.
TEST(PpoConfigTest, SetsFieldsFromText) {
  PpoConfig config;
  EXPECT_TRUE(SetPpoField(config, "activation", "relu"));
  EXPECT_TRUE(SetPpoField(config, "hidden", "[8, 8]"));
  EXPECT_TRUE(SetPpoField(config, "learning_rate", "1e-4"));
  EXPECT_EQ(config.activation, Activation::kRelu);
  EXPECT_THAT(config.hidden, ::testing::ElementsAre(8, 8));
  EXPECT_EQ(config.learning_rate, 1e-4);
  EXPECT_FALSE(SetPpoField(config, "learning_rate", "fast"));
}

}  // namespace
}  // namespace carrot
