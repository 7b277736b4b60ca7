#include "engine/script/term_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/suggest.h"
#include "engine/script/script_api.h"

namespace carrot {
namespace {

enum class Role : uint8_t { kState, kAction, kParams, kMemory };
struct Signature {
  std::vector<Role> roles;
  const char* text;
};
const Signature kOfTransition = {{Role::kState, Role::kAction, Role::kParams, Role::kMemory},
                                 "(s, a, p, m)"};
const Signature kOfTerms = {{Role::kState, Role::kParams}, "(t, p)"};
const std::vector<std::string> kBuiltins = NamesOf(StateBuiltins());
const std::vector<std::string> kMethods = NamesOf(VectorMethods());

bool Contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::string ListOf(const std::vector<std::string>& names, size_t most = 12) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < most; ++i) text += (i ? ", " : "") + names[i];
  return names.size() > most ? text + ", ..." : text;
}

class Checker {
 public:
  Checker(const LuaScript& script, const TermContext& context, const TermDecl& decl,
          Diagnostics* errors)
      : script_(script),
        context_(context),
        decl_(decl),
        errors_(errors),
        of_terms_(context.view == TermContext::View::kTerms) {}

  TermNeeds Run() {
    const auto& internals = script_.internals();
    const auto [unit, function] = internals.Locate(internals.function_ids[decl_.function]);
    if (unit < 0) {  // a built-in such as math.abs: it can see nothing but its arguments
      Add("R021", fmt::format("{} `{}` is not a function written in Lua", decl_.what, decl_.name),
          decl_.where, {"write function(s) return ... end"});
      return {};
    }
    analysis_ = internals.units[unit]->analysis.get();
    const FunctionInfo& info = analysis_->functions[function];
    const Signature& signature = of_terms_ ? kOfTerms : kOfTransition;
    if (info.params.size() > signature.roles.size()) {
      Add("R017",
          fmt::format("{} `{}` has {} parameters", decl_.what, decl_.name, info.params.size()),
          info.where, {fmt::format("functions are called with {} here", signature.text)});
    }
    if (info.vararg && decl_.memory_hidden) {
      Add("R015",
          fmt::format("{} `{}` cannot see memory, which `...` holds", decl_.what, decl_.name),
          info.where, {"name the parameters: function(s, a, p)"});
    }
    if (info.vararg) Escape(Role::kState), Escape(Role::kAction), Escape(Role::kMemory);
    const size_t params = std::min(info.params.size(), signature.roles.size());
    for (size_t param = 0; param < params; ++param) {
      CheckFunction(function, static_cast<int>(param), signature.roles[param], false);
    }
    CheckWrites(function);
    return std::move(needs_);
  }

 private:
  void Add(const char* code, std::string message, SourceSpan where,
           std::vector<std::string> help = {}) {
    for (const auto& e : *errors_) {
      if (e.code == code && e.where.file == where.file && e.where.line == where.line &&
          e.where.column == where.column) {
        return;
      }
    }
    errors_->push_back(
        script_.ErrorAt(code, std::move(message), std::move(where), std::move(help)));
  }
  std::string Task() const {
    return context_.task_name.empty() ? "this task" : fmt::format("task `{}`", context_.task_name);
  }

  // Follows `param` of a function through everything that it is passed to.
  void CheckFunction(int function, int param, Role role, bool prev) {
    if (!visited_.insert({function, param, static_cast<int>(role), prev}).second) return;
    for (const ParamUse& use : analysis_->functions[function].uses) {
      if (use.param != param) continue;
      switch (role) {
        case Role::kState:
          CheckState(use, use.path, prev);
          break;
        case Role::kAction:
          CheckAction(use);
          break;
        case Role::kParams:
          CheckParams(use);
          break;
        case Role::kMemory:
          CheckMemory(use);
          break;
      }
    }
  }
  // The whole object goes somewhere: into a known function, or out of sight.
  void Passed(const ParamUse& use, Role role, bool prev) {
    if (use.write) {
      return Add(
          "R016",
          fmt::format("the parameter `{}` is assigned to", use.where.length ? NameAt(use) : ""),
          use.where, {"use another local variable"});
    }
    if (use.callee >= 0 &&
        use.argument < static_cast<int>(analysis_->functions[use.callee].params.size())) {
      return CheckFunction(use.callee, use.argument, role, prev);
    }
    Escape(role, prev);
  }
  std::string NameAt(const ParamUse& use) const {
    return LineText(script_.internals().units, use.where.file, use.where.line)
        .substr(use.where.column - 1, use.where.length);
  }
  // Out of sight, code can read only names that are written somewhere in the script.
  void Escape(Role role, bool prev = false) {
    if (role == Role::kAction) needs_.uses_action = needs_.action.whole = true;
    if (role == Role::kMemory) needs_.uses_memory |= !decl_.memory_hidden;
    if (role != Role::kState) return;
    std::set<std::string> written;
    for (const auto& unit : script_.internals().units) {
      written.insert(unit->analysis->dotted.begin(), unit->analysis->dotted.end());
    }
    AllFields(prev, &written);
    if (prev || of_terms_) return;
    if (written.count("prev")) AllFields(true, &written);
    needs_.step |= written.count("step") > 0;
    needs_.time |= written.count("t") > 0;
    needs_.dt |= written.count("dt") > 0;
    needs_.horizon |= written.count("horizon") > 0;
    needs_.terminated |= written.count("terminated") > 0;
  }
  void AllFields(bool prev, const std::set<std::string>* among) {
    for (int f = 0; f < context_.state.size(); ++f) {
      if (among == nullptr || among->count(context_.state[f].name)) {
        (prev ? needs_.prev : needs_.next)[f].whole = true;
      }
    }
  }

  void CheckState(const ParamUse& use, std::span<const PathPart> path, bool prev) {
    if (path.empty()) return Passed(use, Role::kState, prev);
    const PathPart& part = path[0];
    if (part.kind == PathPart::Kind::kDynamic) {
      if (use.write) return ReadOnly(Label(prev), part.where);
      if (!prev && !of_terms_)
        needs_.step = needs_.time = needs_.dt = needs_.horizon = needs_.terminated = true;
      return AllFields(prev, nullptr);
    }
    const std::string label = Label(prev);
    if (part.kind != PathPart::Kind::kName) {
      return Add("R012", fmt::format("`{}` has fields with names, no elements or methods", label),
                 part.where);
    }
    if (const int field = context_.state.Find(part.name); field >= 0) {
      Need& need = (prev ? needs_.prev : needs_.next)[field];
      const FieldSpec& spec = context_.state[field];
      return CheckVector(use, path.subspan(1), label + "." + part.name, spec.size(),
                         spec.is_scalar(), spec.names, &need);
    }
    if (of_terms_) return UnknownTerm(part);
    if (!prev && part.name == "prev") {
      if (path.size() == 1 && use.write) return ReadOnly("s.prev", part.where);
      return CheckState(use, path.subspan(1), true);
    }
    if (!prev && Contains(kBuiltins, part.name)) return CheckBuiltin(use, path);
    UnknownField(part, label, prev);
  }
  void CheckBuiltin(const ParamUse& use, std::span<const PathPart> path) {
    const std::string& name = path[0].name;
    if (use.write) return ReadOnly("s." + name, path[0].where);
    if (path.size() > 1) {
      return Add("R013",
                 fmt::format("`s.{}` is a {}, it has no parts", name,
                             name == "terminated" ? "boolean" : "number"),
                 path[1].where);
    }
    needs_.step |= name == "step";
    needs_.time |= name == "t";
    needs_.dt |= name == "dt";
    needs_.horizon |= name == "horizon";
    needs_.terminated |= name == "terminated";
  }
  std::string Label(bool prev) const { return of_terms_ ? "t" : prev ? "s.prev" : "s"; }
  void UnknownTerm(const PathPart& part) {
    const std::string nearest = context_.state.Nearest(part.name);
    Add("R012", fmt::format("`t.{}` is not a term that counts", part.name), part.where,
        {nearest.empty() ? "terms: " + ListOf(context_.state.Names())
                         : fmt::format("did you mean `{}`?", nearest)});
  }
  void UnknownField(const PathPart& part, const std::string& label, bool prev) {
    std::vector<std::string> candidates = context_.state.Names();
    if (!prev) candidates.insert(candidates.end(), kBuiltins.begin(), kBuiltins.end());
    const std::string nearest = Suggest(part.name, candidates);
    std::vector<std::string> help;
    if (!nearest.empty()) {
      const int field = context_.state.Find(nearest);
      help.push_back(field < 0 ? fmt::format("did you mean `{}`?", nearest)
                               : fmt::format("did you mean `{}` ({})?", nearest,
                                             Describe(context_.state[field])));
    }
    Add("R012", fmt::format("`{}.{}` does not exist in {}", label, part.name, Task()), part.where,
        std::move(help));
    Diagnostic& d = errors_->back();
    if (d.label.empty() && d.code == "R012") {
      d.label = "unknown field";
      d.notes.push_back("fields: " + ListOf(context_.state.Names()));
    }
  }
  void ReadOnly(const std::string& label, const SourceSpan& where) {
    Add("R016", fmt::format("`{}` is read-only", label), where,
        {"keep values of your own in local variables, or declare `memory`"});
  }
  // The rest of a path at a vector or number.
  void CheckVector(const ParamUse& use, std::span<const PathPart> path, const std::string& label,
                   int size, bool scalar, const std::vector<std::string>& names, Need* need) {
    if (use.write) return ReadOnly(label, path.empty() ? use.where : path.back().where);
    if (scalar) {
      need->whole = true;
      if (!path.empty())
        Add("R013", fmt::format("`{}` is a single value, it has no parts", label), path[0].where);
      return;
    }
    if (path.empty()) {
      need->whole |= !use.length;
      return;
    }
    const PathPart& part = path[0];
    const bool big = size > kBigField;
    if (path.size() > 1) {
      return Add("R013", fmt::format("an element of `{}` is a number, it has no parts", label),
                 path[1].where);
    }
    switch (part.kind) {
      case PathPart::Kind::kMethod:
        need->whole = true;
        if (!Contains(kMethods, part.name)) UnknownComponent(part, label, size, kMethods, true);
        return;
      case PathPart::Kind::kName: {
        const auto it = std::find(names.begin(), names.end(), part.name);
        if (Contains(kMethods, part.name))
          need->whole = true;
        else if (it == names.end())
          UnknownComponent(part, label, size, names, false);
        else if (big)
          Big(label, size, part.where);
        else
          need->names.insert(static_cast<int>(it - names.begin()));
        return;
      }
      case PathPart::Kind::kIndex:
        if (part.index < 1 || part.index > size || part.index != std::floor(part.index)) {
          return Add("R013",
                     fmt::format("index {} is outside `{}`, which has elements 1 to {}", part.index,
                                 label, size),
                     part.where, {"indices start at 1"});
        }
        if (big) return Big(label, size, part.where);
        need->indices.insert(static_cast<int>(part.index) - 1);
        return;
      case PathPart::Kind::kDynamic:
        if (big) return Big(label, size, part.where);
        need->whole = true;
        return;
    }
  }
  void Big(const std::string& label, int size, const SourceSpan& where) {
    Add("R013", fmt::format("`{}` has {} elements, which are read with a call", label, size), where,
        {fmt::format("write {}:at(i)", label)});
  }
  void UnknownComponent(const PathPart& part, const std::string& label, int size,
                        const std::vector<std::string>& names, bool method) {
    std::vector<std::string> help;
    const std::string nearest = Suggest(part.name, names);
    if (!nearest.empty()) help.push_back(fmt::format("did you mean `{}`?", nearest));
    help.push_back(names.empty()
                       ? fmt::format("use an index: {0}[1] to {0}[{1}]", label, size)
                       : fmt::format("{}: {}", method ? "methods" : "components", ListOf(names)));
    Add("R013",
        fmt::format("`{}` has no {} `{}`", label, method ? "method" : "component", part.name),
        part.where, std::move(help));
  }

  void CheckAction(const ParamUse& use) {
    needs_.uses_action = true;
    if (use.path.empty() && !use.length) return Passed(use, Role::kAction, false);
    CheckVector(use, use.path, "a", context_.action.size(), false, context_.action.names,
                &needs_.action);
  }
  void CheckParams(const ParamUse& use) {
    if (use.path.empty()) return Passed(use, Role::kParams, false);
    const PathPart& part = use.path[0];
    if (part.kind != PathPart::Kind::kName) return;
    std::vector<std::string> names;
    for (const auto& param : context_.params) names.push_back(param.name);
    if (!Contains(names, part.name)) {
      std::vector<std::string> help;
      const std::string nearest = Suggest(part.name, names);
      if (!nearest.empty()) help.push_back(fmt::format("did you mean `{}`?", nearest));
      help.push_back(fmt::format(
          "declare it: params = {{ {} = param {{ 1.0, min = 0, max = 2 }} }}", part.name));
      return Add("R014", fmt::format("`p.{}` is not a declared parameter", part.name), part.where,
                 std::move(help));
    }
    if (use.write) return ReadOnly("p." + part.name, part.where);
    if (use.path.size() > 1) {
      Add("R013", fmt::format("`p.{}` is a number, it has no parts", part.name), use.path[1].where);
    }
  }
  void CheckMemory(const ParamUse& use) {
    if (decl_.memory_hidden) {
      return Add("R015", fmt::format("{} `{}` cannot see memory", decl_.what, decl_.name),
                 use.where, {"memory belongs to terms; use the state alone here"});
    }
    needs_.uses_memory = true;
    if (use.path.empty()) return Passed(use, Role::kMemory, false);
    const PathPart& part = use.path[0];
    if (part.kind != PathPart::Kind::kName) return;
    std::vector<std::string> names;
    const MemorySpec* entry = nullptr;
    for (const auto& memory : context_.memory) {
      names.push_back(memory.name);
      if (memory.name == part.name) entry = &memory;
    }
    if (entry == nullptr) {
      std::vector<std::string> help;
      const std::string nearest = Suggest(part.name, names);
      if (!nearest.empty()) help.push_back(fmt::format("did you mean `{}`?", nearest));
      help.push_back(fmt::format("declare it: memory = {{ {} = 0 }}", part.name));
      return Add("R015", fmt::format("`m.{}` is not declared in `memory`", part.name), part.where,
                 std::move(help));
    }
    if (use.write && decl_.memory_read_only) {
      return Add("R016",
                 fmt::format("{} `{}` may read memory but not write `m.{}`", decl_.what, decl_.name,
                             part.name),
                 part.where, {"write memory in a term"});
    }
    if (use.path.size() < 2) return;
    const PathPart& element = use.path[1];
    const bool outside = element.kind == PathPart::Kind::kIndex &&
                         (element.index < 1 || element.index > entry->size);
    if (entry->is_scalar || outside ||
        (element.kind == PathPart::Kind::kName && !Contains(kMethods, element.name))) {
      Add("R013",
          entry->is_scalar ? fmt::format("`m.{}` is a number, it has no parts", part.name)
                           : fmt::format("`m.{}` has elements 1 to {}", part.name, entry->size),
          element.where);
    }
  }

  // Everything that the function can reach by name must keep its hands off variables of others.
  void CheckWrites(int function) {
    const std::vector<int> reachable = analysis_->Reachable(function);
    const auto reaches = [&](int f) {
      return std::binary_search(reachable.begin(), reachable.end(), f);
    };
    for (const NameUse& write : analysis_->writes) {
      if (!reaches(write.function) || (write.owner >= 0 && reaches(write.owner))) continue;
      Add("R017",
          write.table ? fmt::format("{} `{}` changes `{}`, a table that outlives the call",
                                    decl_.what, decl_.name, write.name)
                      : fmt::format("{} `{}` writes `{}`, a variable that outlives the call",
                                    decl_.what, decl_.name, write.name),
          write.where,
          {fmt::format("keep it per episode: memory = {{ {} = 0 }}, then m.{}", write.name,
                       write.name)});
    }
    for (const NameUse& read : analysis_->globals) {
      if (!reaches(read.function) || (read.name != "pairs" && read.name != "require")) continue;
      Add("R054", fmt::format("`{}` cannot be used inside a {}", read.name, decl_.what), read.where,
          {read.name == "pairs" ? "its order is not fixed: use ipairs or a counted loop"
                                : "call require at the top of the script"});
    }
  }

  const LuaScript& script_;
  const TermContext& context_;
  const TermDecl& decl_;
  Diagnostics* errors_;
  bool of_terms_;
  const ScriptAnalysis* analysis_ = nullptr;
  TermNeeds needs_;
  std::set<std::tuple<int, int, int, bool>> visited_;
};

}  // namespace

void TermNeeds::Merge(const TermNeeds& other) {
  for (const auto& [field, need] : other.next) next[field].Merge(need);
  for (const auto& [field, need] : other.prev) prev[field].Merge(need);
  action.Merge(other.action);
  uses_action |= other.uses_action;
  uses_memory |= other.uses_memory;
  step |= other.step;
  time |= other.time;
  dt |= other.dt;
  horizon |= other.horizon;
  terminated |= other.terminated;
}

std::string Describe(const FieldSpec& field) {
  std::string text = field.dtype == DType::kBool ? "boolean"
                     : field.is_scalar()         ? "number"
                                                 : fmt::format("vector of {}", field.size());
  if (!field.units.empty() && !field.units[0].empty()) text += ", " + field.units[0];
  return text;
}

TermNeeds CheckTerm(const LuaScript& script, const TermContext& context, const TermDecl& decl,
                    Diagnostics* errors) {
  TermNeeds needs = Checker(script, context, decl, errors).Run();
  TermDecl used = decl;
  for (int function : decl.uses) {
    used.function = function;
    needs.Merge(Checker(script, context, used, errors).Run());
  }
  return needs;
}

}  // namespace carrot
