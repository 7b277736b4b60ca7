#include "engine/script/source_analysis.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "engine/script/source_expressions.h"

namespace carrot {
namespace {

class Analyzer : public ExpressionScanner {
 public:
  Analyzer(std::string_view source, std::string file, InstrumentOptions options)
      : ExpressionScanner(source, std::move(file), options) {}

  ScriptAnalysis Run() {
    out_.functions.push_back({});
    ScanTokens();
    plan_.Open(TickPlan::Kind::kFunction, 0, 0);
    Block();
    plan_.Close(position());
    AddTicks();
    out_.instrumented =
        kInstrumentedHeader + fmt::format("__s({});", longest_text()) + EditedSource();
    return std::move(out_);
  }

 private:
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
      plan_.Open(TickPlan::Kind::kLoop, -1, position());
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
      plan_.LeaveFunction();
      if (!AtBlockEnd() && !At(";")) ExprList();
      Accept(";");
      return;
    }
    if (Accept("break")) return plan_.LeaveLoop();
    if (Accept("::")) {
      Step();
      Accept("::");
      return;
    }
    if (Now().text == "goto" && Next().kind == Token::Kind::kName) {
      plan_.Goto(Now().offset);
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
  // From `do` to `end`; the loop's region is open.
  void LoopBody() {
    Accept("do");
    plan_.BodyAt(Last().end());
    Block();
    Accept("end");
    plan_.Close(position());
  }
  void For() {
    const size_t scope = variables_.size();
    std::vector<size_t> names{position()};
    Step();
    while (Accept(",")) {
      names.push_back(position());
      Step();
    }
    if (Accept("=")) {
      CountedHead();
    } else {
      Accept("in");
      const std::vector<Expression> list = ExprList();
      plan_.Open(TickPlan::Kind::kLoop, -1, position());
      // Each turn calls the iterator: that of ipairs, or any function.
      if (list.size() != 1 || !list[0].built_in_call) plan_.CallUnknown();
    }
    for (size_t name : names) Declare(tokens()[name]);
    LoopBody();
    variables_.resize(scope);
  }
  // start, limit [, step] of a numeric for; opens the loop's region.
  void CountedHead() {
    const std::optional<double> start = WrittenNumber();
    Accept(",");
    TickPlan::Count count;
    count.limit_token = position();
    count.limit = WrittenNumber();
    count.limit_end = Last().end();
    const std::optional<double> step = Accept(",") ? WrittenNumber() : 1;
    if (!start || !step) return plan_.Open(TickPlan::Kind::kLoop, -1, position());
    count.start = *start;
    count.step = *step;
    plan_.OpenCounted(count, position());
  }
  // Parses an expression; its value if it is a number, maybe with a sign.
  std::optional<double> WrittenNumber() {
    const size_t first = position() + (At("-") ? 1 : 0);
    const double sign = At("-") ? -1 : 1;
    Expr();
    const Token& token = tokens()[first];
    if (token.kind != Token::Kind::kNumber || position() != first + 1) return std::nullopt;
    return sign * std::strtod(std::string(token.text).c_str(), nullptr);
  }
  void Repeat() {
    plan_.Open(TickPlan::Kind::kLoop, -1, position());
    plan_.BodyAt(Last().end());
    const size_t scope = variables_.size();
    Statements();
    Accept("until");
    Expr();  // sees the body's locals
    variables_.resize(scope);
    plan_.Close(position());
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
    if (variable >= 0 && !member) {
      variables_[variable].known = -1;
      plan_.Assigned(variables_[variable].binding);
    }
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
      if (k < values.size() && values[k].built_in) variables_.back().binding = plan_.Bind(-1);
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
      if (!target.suffixed) {
        variable.known = -1;
        plan_.Assigned(variable.binding);
      }
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
  int FunctionBody(const Token& keyword, bool method) override {
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
    plan_.Open(TickPlan::Kind::kFunction, id, position());
    plan_.BodyAt(Last().end());
    Block();
    Accept("end");
    plan_.Close(position());
    variables_.resize(scope);
    function_ = outer;
    return id;
  }
};

}  // namespace

ScriptAnalysis Analyze(std::string_view source, const std::string& file,
                       InstrumentOptions options) {
  return Analyzer(source, file, options).Run();
}

}  // namespace carrot
