// JSON from text, to text, and what is wrong with it in words. Compiled once, here: the library's
// parser and writer are large templates.
#pragma once

#include <exception>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace carrot {

// J: nlohmann::json or nlohmann::ordered_json. Throws J::parse_error on what is not JSON.
template <class J>
J ParseJson(std::string_view text);

// Discarded (J::is_discarded) instead of an exception.
template <class J>
J TryParseJson(std::string_view text);

// On one line, or with `indent` spaces a level. What is not UTF-8 (a file's name may be) is
// replaced by U+FFFD: never throws.
std::string JsonText(const nlohmann::json& value, int indent = -1);
std::string JsonText(const nlohmann::ordered_json& value, int indent = -1);

// Of an exception caught while JSON was parsed and read: "`format` is missing", "it ends too early
// (line 3, column 12)". No text of the JSON library.
std::string JsonProblem(const std::exception& error);

}  // namespace carrot
