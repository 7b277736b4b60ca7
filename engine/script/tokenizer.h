// Tokens of Lua source, with exact places. Accepts every valid Lua 5.1/LuaJIT text; on text that is
// not valid it stops early (the real compiler reports the syntax error).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace carrot {

struct Token {
  enum class Kind : uint8_t { kName, kKeyword, kNumber, kString, kOperator, kEnd };
  Kind kind = Kind::kEnd;
  std::string_view text;  // as written
  size_t offset = 0;      // bytes from the start
  int line = 1, column = 1;
  size_t end() const { return offset + text.size(); }
  bool Is(std::string_view t) const {
    return text == t && (kind == Kind::kKeyword || kind == Kind::kOperator);
  }
};

// The last token is kEnd. Views point into `source`.
std::vector<Token> Tokenize(std::string_view source);

// The characters of a string token, without quotes; escapes other than \n, \t, \\, \" and \' are
// kept as written.
std::string StringValue(const Token& token);

}  // namespace carrot
