#include "engine/script/source_analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "engine/script/source_scanner.h"

namespace carrot {
namespace {

struct Precedence {
  const char* op;
  int left, right;
};
constexpr Precedence kBinary[] = {{"+", 6, 6},  {"-", 6, 6},   {"*", 7, 7},  {"/", 7, 7},
                                  {"%", 7, 7},  {"^", 10, 9},  {"..", 5, 4}, {"~=", 3, 3},
                                  {"==", 3, 3}, {"<", 3, 3},   {"<=", 3, 3}, {">", 3, 3},
                                  {">=", 3, 3}, {"and", 2, 2}, {"or", 1, 1}};
constexpr int kUnary = 8;

class Analyzer : public SourceScanner {
 public:
  Analyzer(std::string_view source, std::string file, InstrumentOptions options)
      : SourceScanner(source, std::move(file), options), options_(options) {}

  ScriptAnalysis Run() {
    out_.functions.push_back({});
    ScanTokens();
    Block();
    out_.instrumented = kInstrumentedHeader + EditedSource();
    return std::move(out_);
  }

 private:
  // --- scopes -----------------------------------------------------------------------------------
  int Find(std::string_view name) const {
    for (int i = static_cast<int>(variables_.size()) - 1; i >= 0; --i) {
      if (variables_[i].name == name) return i;
    }
    return -1;
  }
  void Declare(const Token& token, int param = -1, int known = -1) {
    CheckName(token);
    variables_.push_back({std::string(token.text), function_, param, known});
    out_.locals.emplace_back(token.text);
  }

  // --- statements -------------------------------------------------------------------------------
  bool AtBlockEnd() const {
    return Now().kind == Token::Kind::kEnd || At("end") || At("else") || At("elseif") ||
           At("until");
  }
  void Block() {
    const size_t scope = variables_.size();
    Statements();
    variables_.resize(scope);
  }
  void Statements() {
    while (!AtBlockEnd()) {
      const size_t before = position();
      Statement();
      if (position() == before) Step();  // cannot happen on valid source; never hang on other text
    }
  }
  void Statement() {
    if (Accept(";")) return;
    if (At("if")) return If();
    if (Accept("while")) {
      Expr();
      return LoopBody();
    }
    if (Accept("do")) {
      Block();
      Accept("end");
      return;
    }
    if (Accept("for")) return For();
    if (Accept("repeat")) return Repeat();
    if (At("function")) return NamedFunction();
    if (Accept("local")) return Local();
    if (Accept("return")) {
      if (!AtBlockEnd() && !At(";")) ExprList();
      Accept(";");
      return;
    }
    if (Accept("break")) return;
    if (Accept("::")) {
      Step();
      Accept("::");
      return;
    }
    if (Now().text == "goto" && Next().kind == Token::Kind::kName) {
      TickBeforeNow();
      Step();
      Step();
      return;
    }
    ExprStatement();
  }
  void If() {
    Step();
    Expr();
    Accept("then");
    Block();
    while (Accept("elseif")) {
      Expr();
      Accept("then");
      Block();
    }
    if (Accept("else")) Block();
    Accept("end");
  }
  void LoopBody() {
    Accept("do");
    TickAfterLast();
    Block();
    Accept("end");
  }
  void For() {
    const size_t scope = variables_.size();
    std::vector<size_t> names{position()};
    Step();
    while (Accept(",")) {
      names.push_back(position());
      Step();
    }
    if (!Accept("=")) Accept("in");
    ExprList();
    for (size_t name : names) Declare(tokens()[name]);
    LoopBody();
    variables_.resize(scope);
  }
  void Repeat() {
    TickAfterLast();
    const size_t scope = variables_.size();
    Statements();
    Accept("until");
    Expr();  // sees the body's locals
    variables_.resize(scope);
  }
  void NamedFunction() {
    const Token& keyword = Now();
    Step();
    const Token& name = Now();
    std::string path(name.text);
    const int variable = Find(name.text);
    Step();
    bool method = false;
    const bool member = At(".") || At(":");
    while (At(".") || At(":")) {
      method = At(":");
      Step();
      path += "." + std::string(Now().text);
      Step();
    }
    if (variable < 0) {
      CheckName(name);
      AddWrite(std::string(name.text), Span(name), -1, member);
    } else if (variables_[variable].function != function_) {
      AddWrite(std::string(name.text), Span(name), variables_[variable].function, member);
    }
    const int id = FunctionBody(keyword, method);
    if (variable >= 0 && !member) variables_[variable].known = -1;
    Close(fmt::format(" __f({},{});", options_.first_function + id, path));
  }
  void Local() {
    if (At("function")) {
      const Token& keyword = Now();
      Step();
      const Token& name = Now();
      Declare(name, -1, static_cast<int>(out_.functions.size()));
      Step();
      const int id = FunctionBody(keyword, false);
      Close(fmt::format(" __f({},{});", options_.first_function + id, name.text));
      return;
    }
    std::vector<size_t> names{position()};
    Step();
    while (Accept(",")) {
      names.push_back(position());
      Step();
    }
    std::vector<Expression> values;
    if (Accept("=")) values = ExprList();
    for (size_t k = 0; k < names.size(); ++k) {
      Declare(tokens()[names[k]], -1, k < values.size() ? values[k].function : -1);
    }
  }
  void ExprStatement() {
    std::vector<Expression> targets{Suffixed()};
    std::vector<const Token*> names{last_base_};
    while (Accept(",")) {
      targets.push_back(Suffixed());
      names.push_back(last_base_);
    }
    if (!Accept("=")) return;
    ExprList();
    for (size_t k = 0; k < targets.size(); ++k) Assigned(targets[k], *names[k]);
  }
  void Assigned(const Expression& target, const Token& name) {
    if (target.use >= 0) {
      ParamUse& use = out_.functions[target.use_function].uses[target.use];
      use.write = true;
    } else if (target.global >= 0) {
      AddWrite(std::string(name.text), Span(name), -1, target.suffixed);
    } else if (target.variable >= 0) {
      Variable& variable = variables_[target.variable];
      if (!target.suffixed) variable.known = -1;
      if (variable.function != function_) {
        AddWrite(variable.name, Span(name), variable.function, target.suffixed);
      }
    }
  }
  void AddWrite(std::string name, SourceSpan where, int owner, bool table) {
    NameUse write;
    write.name = std::move(name);
    write.where = std::move(where);
    write.function = function_;
    write.owner = owner;
    write.table = table;
    out_.writes.push_back(std::move(write));
  }

  // --- functions and tables ---------------------------------------------------------------------
  int FunctionBody(const Token& keyword, bool method) {
    const int id = static_cast<int>(out_.functions.size());
    out_.functions.push_back({});
    out_.functions[id].parent = function_;
    out_.functions[id].where = Span(keyword);
    const int outer = function_;
    const size_t scope = variables_.size();
    function_ = id;
    std::vector<std::string> params;
    if (method) {
      variables_.push_back({"self", id, 0, -1});
      params.push_back("self");
    }
    Accept("(");
    while (!At(")") && Now().kind != Token::Kind::kEnd) {
      if (At("...")) {
        out_.functions[id].vararg = true;
      } else {
        Declare(Now(), static_cast<int>(params.size()));
        params.emplace_back(Now().text);
      }
      Step();
      Accept(",");
    }
    Accept(")");
    out_.functions[id].params = std::move(params);
    TickAfterLast();
    Block();
    Accept("end");
    variables_.resize(scope);
    function_ = outer;
    return id;
  }
  void Table() {
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

  // --- expressions ------------------------------------------------------------------------------
  std::vector<Expression> ExprList() {
    std::vector<Expression> list{Expr()};
    while (Accept(",")) list.push_back(Expr());
    return list;
  }
  Expression Expr(int limit = 0) {
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
  const Precedence* Binary() const {
    for (const auto& p : kBinary) {
      if (At(p.op)) return &p;
    }
    return nullptr;
  }
  Expression Simple() {
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
    } else if (Now().kind == Token::Kind::kNumber || Now().kind == Token::Kind::kString ||
               At("nil") || At("true") || At("false") || At("...")) {
      Step();
    } else {
      e = Suffixed();
    }
    return e;
  }
  // A name or (expression), then .x [x] :x() () ...
  Expression Suffixed() {
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
  Expression BaseName() {
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
      out_.globals.push_back(std::move(use));
      return e;
    }
    const Variable& variable = variables_[e.variable];
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
  ParamUse* Use(const Expression& e) {
    return e.use < 0 ? nullptr : &out_.functions[e.use_function].uses[e.use];
  }
  void AddPart(const Expression& e, PathPart::Kind kind, const Token& token) {
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
  // Parses one suffix; false if there is none.
  bool Suffix(Expression* e, int callee) {
    if (At(".")) {
      Step();
      out_.dotted.emplace_back(Now().text);
      AddPart(*e, PathPart::Kind::kName, Now());
      NameMember(*e);
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
      Arguments(-1);
      e->called = true;
    } else if (At("(") || At("{") || Now().kind == Token::Kind::kString) {
      if (ParamUse* use = Use(*e)) use->call = true;
      e->use = -1;
      Arguments(callee);
      e->called = true;
    } else {
      return false;
    }
    e->suffixed = true;
    return true;
  }
  void NameMember(const Expression& e) {
    if (e.global < 0 || e.suffixed) return;
    out_.globals[e.global].member = std::string(Now().text);
    out_.globals[e.global].member_where = Span(Now());
  }
  void Arguments(int callee) {
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

  InstrumentOptions options_;
  std::vector<Variable> variables_;
  int function_ = 0;
  const Token* last_base_ = nullptr;
};

}  // namespace

ScriptAnalysis Analyze(std::string_view source, const std::string& file,
                       InstrumentOptions options) {
  return Analyzer(source, file, options).Run();
}

}  // namespace carrot
