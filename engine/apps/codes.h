// What each diagnostic code means: the text of `carrot help R012`.
#pragma once

#include <span>
#include <string_view>

namespace carrot {

struct CodeInfo {
  const char* code;
  const char* title;   // what went wrong, in a few words
  const char* detail;  // why it matters and what to do
  const char* before;  // a faulty script or command, or ""
  const char* after;   // the same, mended
};

std::span<const CodeInfo> Codes();
// Case-insensitive.
const CodeInfo* FindCode(std::string_view code);

}  // namespace carrot
