// Deleted: "[json.exception.type_error.302]" could be what a user reads of a damaged file.
#include "engine/base/json_text.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

namespace carrot {
namespace {

using nlohmann::json;

std::string Of(const std::function<void()>& read) {
  try {
    read();
  } catch (const std::exception& error) {
    return JsonProblem(error);
  }
  return "nothing thrown";
}

TEST(JsonProblem, IsInWords) {
  EXPECT_EQ(Of([] { [[maybe_unused]] const auto j = ParseJson<json>("{\n\"a\": [1,"); }),
            "it ends too early (line 2, column 9)");
  EXPECT_EQ(Of([] { [[maybe_unused]] const auto j = ParseJson<json>("{\"a\": nonsense}"); }),
            "it is not JSON (line 1, column 8)");
  EXPECT_EQ(Of([] { (void)json::object().at("format"); }), "`format` is missing");
  EXPECT_EQ(Of([] { (void)json(3).get<std::string>(); }),
            "a value must be of type string and is of type number");
  EXPECT_EQ(Of([] { (void)json::array().at(2); }), "a list is too short");
  EXPECT_EQ(Of([] { throw std::runtime_error("field `x` has an empty shape"); }),
            "field `x` has an empty shape");
  EXPECT_EQ(Of([] { (void)std::vector<int>().at(1); }), "a value is out of range");
}

// Deleted: a file whose name is not UTF-8 could stop the program when its name is written.
TEST(JsonText, GoesThereAndBackAndNeverThrows) {
  const auto ordered = ParseJson<nlohmann::ordered_json>(R"({"b": [1, 2.5], "a": "\u00e9"})");
  EXPECT_EQ(JsonText(ordered), "{\"b\":[1,2.5],\"a\":\"\u00e9\"}");
  EXPECT_EQ(JsonText(json{{"a", 1}}, 1), "{\n \"a\": 1\n}");
  EXPECT_EQ(JsonText(json("caf\xe9")), "\"caf\ufffd\"");
  EXPECT_TRUE(TryParseJson<json>("{\"a\": ").is_discarded());
  EXPECT_EQ(TryParseJson<json>("[3]"), json::array({3}));
}

}  // namespace
}  // namespace carrot
