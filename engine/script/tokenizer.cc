#include "engine/script/tokenizer.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace carrot {
namespace {

constexpr std::array<std::string_view, 21> kKeywords = {
    "and",   "break", "do",  "else", "elseif", "end",    "false", "for",  "function", "if",   "in",
    "local", "nil",   "not", "or",   "repeat", "return", "then",  "true", "until",    "while"};
constexpr std::array<std::string_view, 8> kLongOperators = {
    "...", "..", "==", "~=", "<=", ">=", "::", ""};

bool IsNameChar(char c) {
  const auto u = static_cast<unsigned char>(c);
  return std::isalnum(u) || c == '_' || u >= 0x80;
}

class Scanner {
 public:
  explicit Scanner(std::string_view source) : source_(source) {}

  std::vector<Token> Run() {
    if (Peek() == '#') SkipLine();  // "#!" line, as the compiler does
    while (true) {
      SkipBlank();
      if (at_ >= source_.size() || failed_) break;
      Scan();
    }
    Emit(Token::Kind::kEnd, at_, line_, Column(at_), 0);
    return std::move(tokens_);
  }

 private:
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  int Column(size_t at) const { return static_cast<int>(at - line_start_) + 1; }
  void SkipLine() {
    while (at_ < source_.size() && source_[at_] != '\n' && source_[at_] != '\r') ++at_;
  }
  // Lines end as they do for the compiler: at \n, \r, \r\n or \n\r.
  void Advance() {
    const char c = source_[at_++];
    if (c != '\n' && c != '\r') return;
    if ((Peek() == '\n' || Peek() == '\r') && Peek() != c) ++at_;
    ++line_;
    line_start_ = at_;
  }
  // Number of "=" of a long bracket at `at`, or -1.
  int LongBracket(size_t at) const {
    if (at >= source_.size() || source_[at] != '[') return -1;
    size_t i = at + 1;
    while (i < source_.size() && source_[i] == '=') ++i;
    return i < source_.size() && source_[i] == '[' ? static_cast<int>(i - at - 1) : -1;
  }
  void SkipLong(int level) {
    const std::string close = "]" + std::string(level, '=') + "]";
    const size_t end = source_.find(close, at_ + level + 2);
    failed_ = failed_ || end == std::string_view::npos;
    const size_t stop = failed_ ? source_.size() : end + close.size();
    while (at_ < stop) Advance();
  }
  void SkipBlank() {
    while (at_ < source_.size()) {
      if (std::isspace(static_cast<unsigned char>(source_[at_]))) {
        Advance();
      } else if (Peek() == '-' && Peek(1) == '-') {
        const int level = LongBracket(at_ + 2);
        if (level >= 0) {
          at_ += 2;
          SkipLong(level);
        } else {
          SkipLine();
        }
      } else {
        return;
      }
    }
  }
  void Emit(Token::Kind kind, size_t start, int line, int column, size_t length) {
    tokens_.push_back({kind, source_.substr(start, length), start, line, column});
  }
  void Scan() {
    const size_t start = at_;
    const int line = line_, column = Column(at_);
    const char c = Peek();
    Token::Kind kind = Token::Kind::kOperator;
    if (std::isdigit(static_cast<unsigned char>(c)) ||
        (c == '.' && std::isdigit(static_cast<unsigned char>(Peek(1))))) {
      kind = Token::Kind::kNumber;
      ScanNumber();
    } else if (IsNameChar(c)) {
      while (at_ < source_.size() && IsNameChar(source_[at_])) ++at_;
      const auto word = source_.substr(start, at_ - start);
      const bool keyword = std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end();
      kind = keyword ? Token::Kind::kKeyword : Token::Kind::kName;
    } else if (c == '"' || c == '\'') {
      kind = Token::Kind::kString;
      ScanString(c);
    } else if (const int level = LongBracket(at_); level >= 0) {
      kind = Token::Kind::kString;
      SkipLong(level);
    } else {
      ScanOperator();
    }
    Emit(kind, start, line, column, at_ - start);
  }
  void ScanNumber() {
    const bool hex = Peek() == '0' && (Peek(1) == 'x' || Peek(1) == 'X');
    char before = 0;
    while (at_ < source_.size()) {
      const char c = source_[at_];
      const bool sign = (c == '+' || c == '-') &&
                        (hex ? before == 'p' || before == 'P' : before == 'e' || before == 'E');
      if (!sign && !std::isalnum(static_cast<unsigned char>(c)) && c != '.') return;
      if (c == '.' && Peek(1) == '.') return;  // 1..x is an error of the compiler's anyway
      before = c;
      ++at_;
    }
  }
  void ScanString(char quote) {
    ++at_;
    while (at_ < source_.size() && source_[at_] != quote) {
      if (source_[at_] == '\\' && at_ + 1 < source_.size()) Advance();
      Advance();
    }
    failed_ = failed_ || at_ >= source_.size();
    if (!failed_) ++at_;
  }
  void ScanOperator() {
    for (auto op : kLongOperators) {
      if (!op.empty() && source_.substr(at_, op.size()) == op) {
        at_ += op.size();
        return;
      }
    }
    ++at_;
  }

  std::string_view source_;
  size_t at_ = 0, line_start_ = 0;
  int line_ = 1;
  bool failed_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> Tokenize(std::string_view source) { return Scanner(source).Run(); }

std::string StringValue(const Token& token) {
  std::string_view text = token.text;
  if (text.size() < 2) return "";
  if (text[0] == '[') {
    const size_t open = text.find('[', 1) + 1;
    text = text.substr(open, text.size() - 2 * open);
    if (!text.empty() && text[0] == '\n') text.remove_prefix(1);
    return std::string(text);
  }
  std::string value;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size()) {
      const char c = text[i + 1];
      const char* from = "nt\\\"'";
      const char* to = "\n\t\\\"'";
      const char* hit = std::find(from, from + 5, c);
      if (hit != from + 5) {
        value += to[hit - from];
        ++i;
        continue;
      }
    }
    value += text[i];
  }
  return value;
}

}  // namespace carrot
