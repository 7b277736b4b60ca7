#include "engine/script/declarations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace carrot {
namespace {

constexpr int kMostMemory = 4096;  // numbers of one entry

void CheckRange(const ParamSpec& param, const LuaScript& script, Diagnostics* errors) {
  const auto error = [&](std::string message, std::string help) {
    errors->push_back(script.ErrorAt("R025", std::move(message), param.where, {std::move(help)}));
  };
  if (!std::isfinite(param.value)) {
    error(fmt::format("param `{}` is {}", param.name, param.value), "give it a finite number");
  } else if (!(param.low <= param.high)) {  // one of them may be NaN
    error(fmt::format("param `{}` has no value between its min {} and its max {}", param.name,
                      param.low, param.high),
          "min is at most max");
  } else if (param.value < param.low || param.value > param.high) {
    error(fmt::format("param `{}` is {} but its range is {} to {}", param.name, param.value,
                      param.low, param.high),
          "widen the range or change the value");
  }
}

ParamSpec ReadParam(const LuaEntry& entry, const LuaScript& script, Diagnostics* errors) {
  ParamSpec param;
  param.name = entry.key;
  param.where = entry.where;
  if (entry.value.is_number()) {
    param.value = entry.value.number;
    CheckRange(param, script, errors);
    return param;
  }
  TableReader r(entry.value, "param `" + entry.key + "`", script, errors);
  const LuaValue* value = r.Item(1);
  if (value != nullptr && value->is_number()) {
    param.value = value->number;
  } else {
    errors->push_back(script.ErrorAt(
        "R022", fmt::format("param `{}` needs its value first", entry.key), entry.where,
        {fmt::format("write {} = param {{ 1.5, min = 0, max = 10 }}", entry.key)}));
  }
  r.Number("min", &param.low);
  r.Number("max", &param.high);
  r.String("unit", &param.unit);
  r.String("doc", &param.doc);
  r.Finish();
  CheckRange(param, script, errors);
  return param;
}

// { 1, states = { "start", "done" } }: a machine's state, by its first value.
void ReadStates(const LuaEntry& entry, const LuaScript& script, Diagnostics* errors,
                MemoryInit* init) {
  TableReader r(entry.value, "memory `" + entry.key + "`", script, errors);
  r.Strings("states", &init->states);
  const LuaValue* first = r.Item(1);
  const auto count = static_cast<double>(init->states.size());
  const bool valid = first != nullptr && first->is_number() && first->number >= 1 &&
                     first->number <= count && first->number == std::floor(first->number);
  init->constant = {valid ? first->number : 1};
  if (!valid) {
    errors->push_back(script.ErrorAt(
        "R025",
        fmt::format("memory `{}` needs the number of its first state, 1 to {}", entry.key, count),
        entry.where,
        {fmt::format("write {} = {{ 1, states = {{ \"start\", \"done\" }} }}", entry.key)}));
  }
  r.Finish();
}

MemoryInit ReadMemoryInit(const LuaEntry& entry, const LuaScript& script, Diagnostics* errors) {
  MemoryInit init{.where = entry.where};
  const LuaValue& value = entry.value;
  const bool is_vector = value.is_table() && !value.array.empty() && value.entries.empty() &&
                         std::all_of(value.array.begin(), value.array.end(),
                                     [](const LuaValue& item) { return item.is_number(); });
  if (value.is_table() && value.Find("states") != nullptr) {
    ReadStates(entry, script, errors, &init);
  } else if (value.is_number()) {
    init.constant = {value.number};
  } else if (value.is_function()) {
    init.constant = {0};
    init.function = value.function;
  } else if (is_vector) {
    for (const auto& item : value.array) init.constant.push_back(item.number);
  } else if (value.is_table() && value.Find("fn") != nullptr) {
    TableReader r(value, fmt::format("memory `{}`", entry.key), script, errors);
    int size = 0;
    r.Integer("size", &size);
    if (const LuaValue* fn = r.Function("fn")) init.function = fn->function;
    r.Finish();
    if (size < 1 || size > kMostMemory) {
      r.Error("R025", fmt::format("memory `{}` needs a size from 1 to {}", entry.key, kMostMemory),
              "size", {"write { size = 2, fn = function(s) return { 0, 0 } end }"});
    }
    init.constant.assign(std::clamp(size, 1, kMostMemory), 0.0);
  } else {
    errors->push_back(script.ErrorAt(
        "R021",
        fmt::format("memory `{}` must start as a number, a list of numbers or a function(s) of the "
                    "reset state, not a {}",
                    entry.key, Name(value.kind)),
        entry.where, {fmt::format("write {} = 0", entry.key)}));
  }
  return init;
}

}  // namespace

std::vector<ParamSpec> ReadParams(const LuaValue* table, const LuaScript& script,
                                  Diagnostics* errors) {
  std::vector<ParamSpec> params;
  if (table == nullptr) return params;
  for (const LuaEntry& entry : table->entries) {
    params.push_back(ReadParam(entry, script, errors));
  }
  return params;
}

MemoryDecl ReadMemory(const LuaValue* table, const LuaScript& script, Diagnostics* errors) {
  MemoryDecl decl;
  if (table != nullptr) AddMemory(*table, table->where, script, &decl, errors);
  return decl;
}

void AddMemory(const LuaValue& table, const SourceSpan& where, const LuaScript& script,
               MemoryDecl* decl, Diagnostics* errors) {
  for (const LuaEntry& entry : table.entries) {
    MemoryInit init = ReadMemoryInit(entry, script, errors);
    if (init.where.line == 0) init.where = where;
    const bool taken = std::any_of(decl->specs.begin(), decl->specs.end(),
                                   [&](const MemorySpec& spec) { return spec.name == entry.key; });
    if (taken) {
      errors->push_back(script.ErrorAt(
          "R023", fmt::format("memory `{}` is declared twice", entry.key), init.where,
          {"give each its own name; to share one, use the same value of the library twice"}));
      continue;
    }
    MemorySpec spec;
    spec.name = entry.key;
    spec.offset = decl->width;
    spec.size = static_cast<int>(init.constant.size());
    spec.is_scalar = !entry.value.is_table() || !init.states.empty();
    spec.states = init.states;
    decl->width += spec.size;
    decl->specs.push_back(std::move(spec));
    decl->inits.push_back(std::move(init));
  }
}

Diagnostics MistypedFirst(Diagnostics errors) {
  std::stable_partition(errors.begin(), errors.end(),
                        [](const Diagnostic& d) { return d.code == "R020"; });
  return errors;
}

}  // namespace carrot
