// Reading tokens one by one while noting changes of the text: the base of the analyser. Internal to
// engine/script.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/script/source_analysis.h"
#include "engine/script/tick_plan.h"
#include "engine/script/tokenizer.h"

namespace carrot {

// Changes of the source. Edits of one place apply in the order of Kind: what closes the text
// before, what stands between, what opens the text after (later ones are outer, so they come
// first), what replaces it.
struct Edit {
  enum Kind { kClose, kBetween, kOpen, kReplace };
  size_t offset;
  Kind kind;
  std::string text;
  size_t removed = 0;
};

struct Variable {
  std::string name;
  int function;      // that declares it
  int param = -1;    // index, if it is a parameter
  int known = -1;    // function that it holds, if that is certain when it is declared
  int binding = -1;  // the same for the tick plan, which also knows built-ins
};

// What the parser knows of an expression.
struct Expression {
  int use_function = -1, use = -1;  // it is exactly this ParamUse
  int variable = -1;                // it starts with this variable
  int global = -1;                  // ... or with this entry of `globals`
  bool suffixed = false;            // and goes on: name.x, name[1], name()
  bool called = false;              // it ends in a call
  int function = -1;                // it is a function expression
  int binding = -1;                 // it is exactly this variable of the tick plan
  bool built_in = false;            // it is exactly a library function that calls no function back
  bool built_in_call = false;       // ... and was called
};

class SourceScanner {
 public:
  SourceScanner(std::string_view source, std::string file, InstrumentOptions options)
      : source_(source), file_(std::move(file)), options_(options), tokens_(Tokenize(source)) {}

 protected:
  const Token& Now() const { return tokens_[at_]; }
  const Token& Next() const { return tokens_[at_ + 1 < tokens_.size() ? at_ + 1 : at_]; }
  const Token& Last() const { return tokens_[at_ > 0 ? at_ - 1 : 0]; }
  bool At(std::string_view text) const { return Now().Is(text); }
  void Step() {
    if (at_ + 1 < tokens_.size()) ++at_;
  }
  bool Accept(std::string_view text) {
    if (!At(text)) return false;
    Step();
    return true;
  }
  SourceSpan Span(const Token& token) const {
    return {file_, token.line, token.column, static_cast<int>(token.text.size())};
  }

  void Close(std::string text) { edits_.push_back({Last().end(), Edit::kClose, std::move(text)}); }
  void Between(size_t offset, std::string text) {
    edits_.push_back({offset, Edit::kBetween, std::move(text)});
  }
  void Open(const Token& token, std::string text) {
    edits_.push_back({token.offset, Edit::kOpen, std::move(text)});
  }
  void Replace(const Token& token, std::string text) {
    edits_.push_back({token.offset, Edit::kReplace, std::move(text), token.text.size()});
  }
  // All ticks of the plan.
  void AddTicks();
  std::string EditedSource() const;

  // What needs no grammar: strings, numbers that the language does not have, uses of math.random.
  void ScanTokens();
  void CheckName(const Token& token);
  void AddError(const char* code, std::string message, SourceSpan where, std::string help);

  ScriptAnalysis out_;
  TickPlan plan_;

  const std::vector<Token>& tokens() const { return tokens_; }
  size_t position() const { return at_; }
  size_t longest_text() const { return longest_text_; }  // bytes

 private:
  void CheckNumber(const Token& token);
  void CheckText(const Token& token);
  std::string_view source_;
  std::string file_;
  InstrumentOptions options_;
  std::vector<Token> tokens_;
  size_t at_ = 0, longest_text_ = 0;
  std::vector<Edit> edits_;
};

}  // namespace carrot
