#include "engine/base/json_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace carrot {
namespace {

constexpr int kSyntax = 101, kWrongType = 302, kNoIndex = 401, kNoKey = 403;

// The text between the first `before` and the next `after`, or "".
std::string Between(std::string_view text, std::string_view before, std::string_view after) {
  const size_t at = text.find(before);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = text.substr(at + before.size());
  return std::string(rest.substr(0, rest.find(after)));
}

template <class J>
std::string Text(const J& value, int indent) {
  return value.dump(indent, ' ', false, J::error_handler_t::replace);
}

}  // namespace

template <class J>
J ParseJson(std::string_view text) {
  return J::parse(text);
}
template nlohmann::json ParseJson(std::string_view text);
template nlohmann::ordered_json ParseJson(std::string_view text);

template <class J>
J TryParseJson(std::string_view text) {
  return J::parse(text, nullptr, false);
}
template nlohmann::json TryParseJson(std::string_view text);
template nlohmann::ordered_json TryParseJson(std::string_view text);

std::string JsonText(const nlohmann::json& value, int indent) { return Text(value, indent); }
std::string JsonText(const nlohmann::ordered_json& value, int indent) {
  return Text(value, indent);
}

std::string JsonProblem(const std::exception& error) {
  const auto* json = dynamic_cast<const nlohmann::json::exception*>(&error);
  const std::string_view text = error.what();
  if (json == nullptr) {  // our own readers throw sentences; the standard library's are none
    const bool sentence = dynamic_cast<const std::runtime_error*>(&error) != nullptr;
    return sentence ? std::string(text) : "a value is out of range";
  }
  switch (json->id) {
    case kSyntax: {
      const std::string place = Between(text, "parse error at ", ":");
      const bool early = text.find("unexpected end of input") != std::string_view::npos;
      return fmt::format("{}{}", early ? "it ends too early" : "it is not JSON",
                         place.empty() ? "" : " (" + place + ")");
    }
    case kNoKey:
      return fmt::format("`{}` is missing", Between(text, "key '", "'"));
    case kWrongType: {
      const std::string wanted = Between(text, "type must be ", ","),
                        found = Between(text, "but is ", "\n");
      if (wanted.empty() || found.empty()) break;
      return fmt::format("a value must be of type {} and is of type {}", wanted, found);
    }
    case kNoIndex:
      return "a list is too short";
    default:
      break;
  }
  return "a value is of another type than it should be";
}

}  // namespace carrot
