#include "engine/script/source_analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "engine/script/tokenizer.h"

namespace carrot {
namespace {

constexpr const char* kTick = " __B[1]=__B[1]-1 if __B[1]<0 then __X() end ";

struct Precedence {
  const char* op;
  int left, right;
};
constexpr Precedence kBinary[] = {{"+", 6, 6},  {"-", 6, 6},   {"*", 7, 7},  {"/", 7, 7},
                                  {"%", 7, 7},  {"^", 10, 9},  {"..", 5, 4}, {"~=", 3, 3},
                                  {"==", 3, 3}, {"<", 3, 3},   {"<=", 3, 3}, {">", 3, 3},
                                  {">=", 3, 3}, {"and", 2, 2}, {"or", 1, 1}};
constexpr int kUnary = 8;

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

std::string Apply(std::string_view source, std::vector<Edit> edits) {
  std::reverse(edits.begin(), edits.end());  // so that a stable sort puts later opens first
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
    return a.offset != b.offset ? a.offset < b.offset : a.kind < b.kind;
  });
  std::string out;
  size_t at = 0;
  for (const Edit& edit : edits) {
    out += source.substr(at, edit.offset - at);
    out += edit.text;
    at = edit.offset + edit.removed;
  }
  out += source.substr(at);
  return out;
}

struct Variable {
  std::string name;
  int function;    // that declares it
  int param = -1;  // index, if it is a parameter
  int known = -1;  // function that it holds, if that is certain when it is declared
};

// What the parser knows of an expression.
struct Expression {
  int use_function = -1, use = -1;  // it is exactly this ParamUse
  int variable = -1;                // it starts with this variable
  int global = -1;                  // ... or with this entry of `globals`
  bool suffixed = false;            // and goes on: name.x, name[1], name()
  bool called = false;              // it ends in a call
  int function = -1;                // it is a function expression
};

class Analyzer {
 public:
  Analyzer(std::string_view source, std::string file, InstrumentOptions options)
      : source_(source), file_(std::move(file)), options_(options), tokens_(Tokenize(source)) {}

  ScriptAnalysis Run() {
    out_.functions.push_back({});
    ScanTokens();
    Block();
    out_.instrumented = kInstrumentedHeader + Apply(WithoutShebang(), std::move(edits_));
    return std::move(out_);
  }

 private:
  std::string WithoutShebang() const {
    std::string text(source_);
    for (size_t i = 0; i < text.size() && text[0] == '#' && text[i] != '\n'; ++i) {
      if (i > 0) text[i] = ' ';
    }
    if (!text.empty() && text[0] == '#') text[0] = ' ';
    return text;
  }
  const Token& Now() const { return tokens_[at_]; }
  const Token& Next() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
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
  void Open(const Token& token, std::string text) {
    edits_.push_back({token.offset, Edit::kOpen, std::move(text)});
  }
  void Replace(const Token& token, std::string text) {
    edits_.push_back({token.offset, Edit::kReplace, std::move(text), token.text.size()});
  }
  void TickAfterLast() {
    if (options_.ticks) edits_.push_back({Last().end(), Edit::kBetween, kTick});
  }

  void ScanTokens() {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (token.kind == Token::Kind::kString) out_.dotted.push_back(StringValue(token));
      if (token.kind == Token::Kind::kNumber) CheckNumber(token);
      if (token.kind == Token::Kind::kName && token.text == "random") out_.uses_random = true;
    }
    for (const auto& text : out_.dotted) out_.uses_random |= text == "random";
  }
  void CheckNumber(const Token& token) {
    const char last = token.text.back();
    const bool hex = token.text.size() > 1 && (token.text[1] == 'x' || token.text[1] == 'X');
    if (last == 'L' || last == 'l' || last == 'i' || last == 'I' ||
        (!hex && (last == 'U' || last == 'u'))) {
      AddError("R050", "64-bit and imaginary numbers are not part of the script language",
               Span(token), "write a plain number");
    }
  }
  void CheckName(const Token& token) {
    if (token.text.substr(0, 2) == "__") {
      AddError("R051",
               fmt::format("`{}`: names that start with two underscores are reserved", token.text),
               Span(token), "rename it");
    }
  }
  void AddError(const char* code, std::string message, SourceSpan where, std::string help) {
    Diagnostic d = MakeError(code, std::move(message), {std::move(help)});
    d.where = std::move(where);
    out_.errors.push_back(std::move(d));
  }

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
      const size_t before = at_;
      Statement();
      if (at_ == before) Step();  // cannot happen on valid source; never hang on other text
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
      if (options_.ticks) edits_.push_back({Now().offset, Edit::kBetween, kTick});
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
    std::vector<size_t> names{at_};
    Step();
    while (Accept(",")) {
      names.push_back(at_);
      Step();
    }
    if (!Accept("=")) Accept("in");
    ExprList();
    for (size_t name : names) Declare(tokens_[name]);
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
    std::vector<size_t> names{at_};
    Step();
    while (Accept(",")) {
      names.push_back(at_);
      Step();
    }
    std::vector<Expression> values;
    if (Accept("=")) values = ExprList();
    for (size_t k = 0; k < names.size(); ++k) {
      Declare(tokens_[names[k]], -1, k < values.size() ? values[k].function : -1);
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
    const size_t start = at_;
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
        Open(tokens_[start], text == "^" ? "(__pow(" : "(__cat(");
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
      edits_.push_back({Last().end(), Edit::kBetween, "("});
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

  std::string_view source_;
  std::string file_;
  InstrumentOptions options_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  ScriptAnalysis out_;
  std::vector<Edit> edits_;
  std::vector<Variable> variables_;
  int function_ = 0;
  const Token* last_base_ = nullptr;
};

}  // namespace

bool ScriptAnalysis::IsInside(int function, int ancestor) const {
  while (function > ancestor) function = functions[function].parent;
  return function == ancestor;
}

std::vector<int> ScriptAnalysis::Reachable(int function) const {
  std::set<int> seen;
  std::vector<int> open{function};
  while (!open.empty()) {
    const int f = open.back();
    open.pop_back();
    if (!seen.insert(f).second) continue;
    for (int callee : functions[f].calls) open.push_back(callee);
    for (int g = f + 1; g < static_cast<int>(functions.size()); ++g) {
      if (functions[g].parent == f) open.push_back(g);
    }
  }
  return {seen.begin(), seen.end()};
}

ScriptAnalysis Analyze(std::string_view source, const std::string& file,
                       InstrumentOptions options) {
  return Analyzer(source, file, options).Run();
}

}  // namespace carrot
