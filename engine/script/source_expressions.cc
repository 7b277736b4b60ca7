#include "engine/script/source_expressions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace carrot {

constexpr int kUnary = 8;  // binds tighter than all binary operators but ^
int ExpressionScanner::Find(std::string_view name) const {
  for (int i = static_cast<int>(variables_.size()) - 1; i >= 0; --i) {
    if (variables_[i].name == name) return i;
  }
  return -1;
}

void ExpressionScanner::Declare(const Token& token, int param, int known) {
  CheckName(token);
  const int binding = known < 0 ? -1 : plan_.Bind(known);
  variables_.push_back({std::string(token.text), function_, param, known, binding});
  out_.locals.emplace_back(token.text);
}

void ExpressionScanner::Table() {
  const int id = static_cast<int>(out_.tables.size());
  out_.tables.push_back({});
  TableInfo info;
  info.where = Span(Now());
  Open(Now(), fmt::format("__t({},", options_.first_table + id));
  Step();
  while (!At("}") && Now().kind != Token::Kind::kEnd) {
    TableKey key;
    key.where = Span(Now());
    if (At("[")) {
      Step();
      key.where = Span(Now());
      if (Now().kind == Token::Kind::kString && Next().Is("]")) key.name = StringValue(Now());
      Expr();
      Accept("]");
      Accept("=");
    } else if (Now().kind == Token::Kind::kName && Next().Is("=")) {
      key.name = std::string(Now().text);
      Step();
      Step();
    }
    key.value = Span(Now());
    Expr();
    info.keys.push_back(std::move(key));
    if (!Accept(",")) Accept(";");
  }
  Accept("}");
  Close(")");
  out_.tables[id] = std::move(info);
}

std::vector<Expression> ExpressionScanner::ExprList() {
  std::vector<Expression> list{Expr()};
  while (Accept(",")) list.push_back(Expr());
  return list;
}

Expression ExpressionScanner::Expr(int limit) {
  const size_t start = position();
  Expression e;
  if (At("#")) {
    Replace(Now(), "(__len(");
    Step();
    const Expression operand = Expr(kUnary);
    if (ParamUse* use = Use(operand)) use->length = true;
    Close("))");
  } else if (Accept("-") || Accept("not")) {
    Expr(kUnary);
  } else {
    e = Simple();
  }
  while (const Precedence* op = Binary()) {
    if (op->left <= limit) break;
    e = {};
    const std::string_view text = op->op;
    if (text == "^" || text == "..") {
      // a .. b .. c becomes one call, so that long chains do not nest.
      // The outer parentheses keep it from being a tail call, which would lose the line in
      // messages.
      Open(tokens()[start], text == "^" ? "(__pow(" : "(__cat(");
      if (text == "..") plan_.CallUnknown();  // it charges for its length
      do {
        Replace(Now(), ",");
        Step();
        Expr(text == "^" ? op->right : op->left);
      } while (text == ".." && At(".."));
      Close("))");
    } else {
      Step();
      Expr(op->right);
    }
  }
  return e;
}

const ExpressionScanner::Precedence* ExpressionScanner::Binary() const {
  static constexpr Precedence kBinary[] = {{"+", 6, 6},  {"-", 6, 6},   {"*", 7, 7},  {"/", 7, 7},
                                           {"%", 7, 7},  {"^", 10, 9},  {"..", 5, 4}, {"~=", 3, 3},
                                           {"==", 3, 3}, {"<", 3, 3},   {"<=", 3, 3}, {">", 3, 3},
                                           {">=", 3, 3}, {"and", 2, 2}, {"or", 1, 1}};
  for (const auto& p : kBinary) {
    if (At(p.op)) return &p;
  }
  return nullptr;
}

Expression ExpressionScanner::Simple() {
  Expression e;
  if (At("{")) {
    Table();
  } else if (At("function")) {
    const Token& keyword = Now();
    Step();
    const int id = static_cast<int>(out_.functions.size());
    Open(keyword, fmt::format("__f({},", options_.first_function + id));
    FunctionBody(keyword, false);
    Close(")");
    e.function = id;
  } else if (At("...")) {
    // Those of the file are the budget and the prelude (kInstrumentedHeader).
    if (function_ == 0)
      AddError("R050", "a script has no arguments: `...` is for functions", Span(Now()),
               "write the values in the script, or declare `params`");
    Replace(Now(), "__v(...)");
    plan_.CallUnknown();  // it charges for their number
    Step();
  } else if (Now().kind == Token::Kind::kNumber || Now().kind == Token::Kind::kString ||
             At("nil") || At("true") || At("false")) {
    Step();
  } else {
    e = Suffixed();
  }
  return e;
}

Expression ExpressionScanner::Suffixed() {
  Expression e;
  last_base_ = &Now();
  const Token* const base = last_base_;
  int callee = -1;
  if (Accept("(")) {
    Expr();
    Accept(")");
  } else {
    e = BaseName();
    if (e.variable >= 0) callee = variables_[e.variable].known;
    Step();
  }
  while (Suffix(&e, callee)) callee = -1;
  last_base_ = base;
  return e;
}

Expression ExpressionScanner::BaseName() {
  Expression e;
  const Token& name = Now();
  CheckName(name);
  e.variable = Find(name.text);
  if (e.variable < 0) {
    NameUse use;
    use.name = std::string(name.text);
    use.where = Span(name);
    use.function = function_;
    e.global = static_cast<int>(out_.globals.size());
    e.built_in = CallsNothing(use.name);
    out_.globals.push_back(std::move(use));
    return e;
  }
  const Variable& variable = variables_[e.variable];
  e.binding = variable.binding;
  if (variable.known >= 0) out_.functions[function_].calls.push_back(variable.known);
  if (variable.param >= 0) {
    e.use_function = variable.function;
    auto& uses = out_.functions[variable.function].uses;
    e.use = static_cast<int>(uses.size());
    ParamUse use;
    use.param = variable.param;
    use.where = Span(name);
    uses.push_back(std::move(use));
  }
  return e;
}

ParamUse* ExpressionScanner::Use(const Expression& e) {
  return e.use < 0 ? nullptr : &out_.functions[e.use_function].uses[e.use];
}

void ExpressionScanner::AddPart(const Expression& e, PathPart::Kind kind, const Token& token) {
  ParamUse* use = Use(e);
  if (use == nullptr) return;
  PathPart part;
  part.kind = kind;
  part.where = Span(token);
  if (kind == PathPart::Kind::kIndex)
    part.index = std::strtod(std::string(token.text).c_str(), nullptr);
  if (kind == PathPart::Kind::kName && token.kind == Token::Kind::kString)
    part.name = StringValue(token);
  else if (kind != PathPart::Kind::kIndex)
    part.name = std::string(token.text);
  use->path.push_back(std::move(part));
}

bool ExpressionScanner::Suffix(Expression* e, int callee) {
  const Expression base = *e;
  e->binding = -1;
  e->built_in = e->built_in_call = false;
  if (At(".")) {
    Step();
    out_.dotted.emplace_back(Now().text);
    AddPart(*e, PathPart::Kind::kName, Now());
    NameMember(e);
    Step();
  } else if (At("[")) {
    Step();
    const Token& key = Now();
    const bool constant = Next().Is("]");
    if (constant && key.kind == Token::Kind::kString) {
      AddPart(*e, PathPart::Kind::kName, key);
    } else if (constant && key.kind == Token::Kind::kNumber) {
      AddPart(*e, PathPart::Kind::kIndex, key);
    } else {
      AddPart(*e, PathPart::Kind::kDynamic, key);
    }
    Expr();
    Accept("]");
  } else if (At(":")) {
    Step();
    AddPart(*e, PathPart::Kind::kMethod, Now());
    Step();
    e->use = -1;
    plan_.CallUnknown();
    Arguments(-1);
    e->called = true;
  } else if (At("(") || At("{") || Now().kind == Token::Kind::kString) {
    if (ParamUse* use = Use(*e)) use->call = true;
    e->use = -1;
    Called(base);
    Arguments(callee);
    e->called = true;
    e->built_in_call = base.built_in;
  } else {
    *e = base;
    return false;
  }
  e->suffixed = true;
  return true;
}

void ExpressionScanner::NameMember(Expression* e) {
  if (e->global < 0 || e->suffixed) return;
  NameUse& use = out_.globals[e->global];
  use.member = std::string(Now().text);
  use.member_where = Span(Now());
  e->built_in = use.name == "math" || use.name == "bit";
}

void ExpressionScanner::Called(const Expression& function) {
  if (function.binding >= 0)
    plan_.Call(function.binding);
  else if (function.built_in)
    plan_.CallBuiltIn();
  else
    plan_.CallUnknown();
}

bool ExpressionScanner::CallsNothing(std::string_view global) {
  constexpr std::string_view kNames[] = {"type", "tostring", "select", "ipairs", "assert", "error"};
  return std::find(std::begin(kNames), std::end(kNames), global) != std::end(kNames);
}

void ExpressionScanner::Arguments(int callee) {
  if (At("{")) {
    Between(Last().end(), "(");
    Table();
    Close(")");
  } else if (Now().kind == Token::Kind::kString) {
    Step();
  } else if (Accept("(")) {
    if (!At(")")) {
      int index = 0;
      for (const Expression& e : ExprList()) {
        if (ParamUse* use = Use(e)) {
          use->callee = callee;
          use->argument = index;
        }
        ++index;
      }
    }
    Accept(")");
  }
}
}  // namespace carrot
