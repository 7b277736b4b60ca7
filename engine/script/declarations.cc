#include "engine/script/declarations.h"

#include <fmt/format.h>

#include <algorithm>

namespace carrot {
namespace {

ParamSpec ReadParam(const LuaEntry& entry, const LuaScript& script, Diagnostics* errors) {
  ParamSpec param;
  param.name = entry.key;
  param.where = entry.where;
  if (entry.value.is_number()) {
    param.value = entry.value.number;
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
  if (param.value < param.low || param.value > param.high) {
    errors->push_back(script.ErrorAt("R025",
                                     fmt::format("param `{}` is {} but its range is {} to {}",
                                                 entry.key, param.value, param.low, param.high),
                                     entry.where, {"widen the range or change the value"}));
  }
  return param;
}

MemoryInit ReadMemoryInit(const LuaEntry& entry, const LuaScript& script, Diagnostics* errors) {
  MemoryInit init{.where = entry.where};
  const LuaValue& value = entry.value;
  const bool is_vector = value.is_table() && !value.array.empty() && value.entries.empty() &&
                         std::all_of(value.array.begin(), value.array.end(),
                                     [](const LuaValue& item) { return item.is_number(); });
  if (value.is_number()) {
    init.constant = {value.number};
  } else if (value.is_function()) {
    init.constant = {0};
    init.function = value.function;
  } else if (is_vector) {
    for (const auto& item : value.array) init.constant.push_back(item.number);
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
  if (table == nullptr) return decl;
  for (const LuaEntry& entry : table->entries) {
    MemoryInit init = ReadMemoryInit(entry, script, errors);
    MemorySpec spec;
    spec.name = entry.key;
    spec.offset = decl.width;
    spec.size = static_cast<int>(init.constant.size());
    spec.is_scalar = !entry.value.is_table();
    decl.width += spec.size;
    decl.specs.push_back(std::move(spec));
    decl.inits.push_back(std::move(init));
  }
  return decl;
}

Diagnostics MistypedFirst(Diagnostics errors) {
  std::stable_partition(errors.begin(), errors.end(),
                        [](const Diagnostic& d) { return d.code == "R020"; });
  return errors;
}

}  // namespace carrot
