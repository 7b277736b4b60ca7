// Reading expressions: which parameters and names they use, what they call. The analyser
// (source_analysis.cc) adds statements. Internal to engine/script.
#pragma once

#include <string>
#include <vector>

#include "engine/script/source_scanner.h"

namespace carrot {

class ExpressionScanner : public SourceScanner {
 protected:
  ExpressionScanner(std::string_view source, std::string file, InstrumentOptions options)
      : SourceScanner(source, std::move(file), options), options_(options) {}
  virtual ~ExpressionScanner() = default;

  // From the parameters to `end`; the function's number.
  virtual int FunctionBody(const Token& keyword, bool method) = 0;

  int Find(std::string_view name) const;
  void Declare(const Token& token, int param = -1, int known = -1);
  void Table();
  std::vector<Expression> ExprList();
  Expression Expr(int limit = 0);
  struct Precedence {
    const char* op;
    int left, right;
  };
  const Precedence* Binary() const;  // of the operator here, or null
  Expression Simple();
  // A name or (expression), then .x [x] :x() () ...
  Expression Suffixed();
  Expression BaseName();
  ParamUse* Use(const Expression& e);
  void AddPart(const Expression& e, PathPart::Kind kind, const Token& token);
  // Parses one suffix; false if there is none.
  bool Suffix(Expression* e, int callee);
  void NameMember(Expression* e);
  void Called(const Expression& function);
  // Globals that never call a function of the script. (Their tables are read-only, prelude.cc.)
  static bool CallsNothing(std::string_view global);
  void Arguments(int callee);

  InstrumentOptions options_;
  std::vector<Variable> variables_;
  int function_ = 0;
  const Token* last_base_ = nullptr;  // the first token of the last name or call
};

}  // namespace carrot
