#include "engine/script/script_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/script/lua_host.h"
#include "engine/script/lua_script.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

constexpr ApiName kStateBuiltins[] = {
    {"prev", "carrot.State", "the state before the step"},
    {"step", "integer", "steps since the reset; 1 is the first"},
    {"t", "number", "s: seconds since the reset, step * dt"},
    {"dt", "number", "s: seconds of a step"},
    {"horizon", "integer", "steps after which the episode is cut; 0: none"},
    {"terminated", "boolean", "this step ended the episode (a time limit does not)"},
};

constexpr ApiName kVectorMethods[] = {
    {"dot", "fun(self: carrot.Vector, other: carrot.Vector|number[]): number", "scalar product"},
    {"norm", "fun(self: carrot.Vector): number", "Euclidean length"},
    {"at", "fun(self: carrot.Vector, i: integer): number",
     "element i, from 1; the only way to read fields above 16 elements"},
    {"size", "fun(self: carrot.Vector): integer", "number of elements"},
};

// The text behind "--" of a comment line, or null.
const char* CommentText(const std::string& line) {
  const size_t start = line.find_first_not_of(" \t");
  if (start == std::string::npos || line.compare(start, 2, "--") != 0) return nullptr;
  const char* text = line.c_str() + start + 2;
  return *text == ' ' ? text + 1 : text;
}

std::vector<std::string> CommentFrom(const std::string& source, int line, int step) {
  std::vector<std::string> lines;
  for (; line >= 1; line += step) {
    const std::string whole = LineOf(source, line);
    const char* text = CommentText(whole);
    if (text == nullptr) break;
    lines.emplace_back(text);
  }
  if (step < 0) std::reverse(lines.begin(), lines.end());
  return lines;
}

ApiFunction FunctionOf(const ScriptInternals& script, const std::string& name, int function) {
  ApiFunction out{name, {}, {}};
  const auto [unit, index] = script.Locate(script.function_ids[function]);
  if (unit < 0) return out;  // a function of the sandbox, handed on
  const FunctionInfo& info = script.units[unit]->analysis->functions[index];
  out.params = info.params;
  if (info.vararg) out.params.emplace_back("...");
  out.doc = CommentFrom(script.units[unit]->source, info.where.line - 1, -1);
  return out;
}

Result<ApiModule> ModuleOf(const std::string& name) {
  CARROT_ASSIGN_OR_RETURN(
      const auto script,
      LuaScript::FromSource(fmt::format("return {{ require \"{}\" }}", name), name + ".lua", {}));
  ApiModule module;
  module.name = name;
  for (const ScriptModule& unit : script->modules()) {
    if (unit.name == name) module.source = unit.source;
  }
  module.doc = CommentFrom(module.source, 1, 1);
  if (script->root().array.empty()) return module;
  const LuaValue& value = script->root().array[0];
  if (value.is_function()) {
    module.functions.push_back(FunctionOf(script->internals(), "", value.function));
  }
  for (const LuaEntry& entry : value.entries) {
    if (!entry.value.is_function()) continue;
    module.functions.push_back(FunctionOf(script->internals(), entry.key, entry.value.function));
  }
  return module;
}

}  // namespace

std::span<const ApiName> StateBuiltins() { return kStateBuiltins; }
std::span<const ApiName> VectorMethods() { return kVectorMethods; }

std::vector<std::string> NamesOf(std::span<const ApiName> names) {
  std::vector<std::string> out;
  for (const ApiName& name : names) out.emplace_back(name.name);
  return out;
}

Result<std::vector<std::string>> SandboxGlobals(const std::vector<std::string>& makers) {
  LuaHost host({.makers = makers}, nullptr);
  CARROT_RETURN_IF_ERROR(host.Init());
  return host.globals();
}

Result<std::vector<ApiModule>> LibraryModules() {
  std::vector<std::string> names;
  std::error_code error;
  for (const std::string& dir : DefaultLibraryDirs()) {
    for (const auto& file : fs::directory_iterator(dir, error)) {
      if (file.path().extension() == ".lua") names.push_back(file.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  std::vector<ApiModule> modules;
  for (const std::string& name : names) {
    CARROT_ASSIGN_OR_RETURN(ApiModule module, ModuleOf(name));
    modules.push_back(std::move(module));
  }
  return modules;
}

}  // namespace carrot
