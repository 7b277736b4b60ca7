#include "engine/apps/api_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/json_text.h"
#include "engine/base/paths.h"
#include "engine/script/lua_script.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

constexpr int kLargestVector = 16;  // longer fields are read with :at(i)

// Parameters and result of Lua's functions; those that are not here take and give anything.
struct Signature {
  const char* name;
  const char* params;  // "x: number, base?: number"
  const char* result;
};
constexpr Signature kSignatures[] = {
    {"assert", "ok: any, message?: string", "any"},
    {"error", "message: string", ""},
    {"ipairs", "t: table", "fun(t: table, i: integer): integer, any"},
    {"pairs", "t: table", "fun(t: table, k: any): any, any"},
    {"require", "name: string", "any"},
    {"select", "n: integer|\"#\", ...: any", "any"},
    {"tonumber", "x: any, base?: integer", "number?"},
    {"tostring", "x: any", "string"},
    {"type", "x: any", "string"},
    {"unpack", "t: table, first?: integer, last?: integer", "any"},
    {"math.abs", "x: number", "number"},
    {"math.acos", "x: number", "number"},
    {"math.asin", "x: number", "number"},
    {"math.atan", "x: number", "number"},
    {"math.atan2", "y: number, x: number", "number"},
    {"math.ceil", "x: number", "integer"},
    {"math.cos", "x: number", "number"},
    {"math.cosh", "x: number", "number"},
    {"math.deg", "x: number", "number"},
    {"math.exp", "x: number", "number"},
    {"math.floor", "x: number", "integer"},
    {"math.fmod", "x: number, y: number", "number"},
    {"math.log", "x: number, base?: number", "number"},
    {"math.log10", "x: number", "number"},
    {"math.max", "x: number, ...: number", "number"},
    {"math.min", "x: number, ...: number", "number"},
    {"math.pow", "x: number, y: number", "number"},
    {"math.rad", "x: number", "number"},
    {"math.random", "low?: integer, high?: integer", "number"},
    {"math.sin", "x: number", "number"},
    {"math.sinh", "x: number", "number"},
    {"math.sqrt", "x: number", "number"},
    {"math.tan", "x: number", "number"},
    {"math.tanh", "x: number", "number"},
    {"string.format", "format: string, ...: any", "string"},
    {"string.len", "s: string", "integer"},
    {"string.lower", "s: string", "string"},
    {"string.rep", "s: string, n: integer, separator?: string", "string"},
    {"string.sub", "s: string, first: integer, last?: integer", "string"},
    {"string.upper", "s: string", "string"},
    {"table.concat", "t: table, separator?: string, first?: integer, last?: integer", "string"},
    {"table.insert", "t: table, ...: any", ""},
    {"table.remove", "t: table, i?: integer", "any"},
    {"table.sort", "t: table, less?: fun(a: any, b: any): boolean", ""},
};

// Libraries of LuaJIT that LuaLS would offer by itself.
constexpr const char* kBuiltins[] = {"basic",  "bit",   "coroutine", "debug", "ffi",
                                     "io",     "jit",   "math",      "os",    "package",
                                     "string", "table", "utf8",      "bit32"};

// hopper -> hopper, minigrid/doorkey_8x8 -> minigrid_doorkey_8x8: a part of a class name.
std::string ClassPart(std::string name) {
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') c = '_';
  }
  return name;
}

const char* ElementType(DType dtype) {
  if (dtype == DType::kBool) return "boolean";
  return dtype == DType::kI32 || dtype == DType::kU8 ? "integer" : "number";
}

std::string UnitOf(const FieldSpec& field, size_t i) {
  if (field.units.empty()) return "";
  return field.units.size() == 1 ? field.units[0] : i < field.units.size() ? field.units[i] : "";
}

// "m/s: mean over the step; -10 to 10"
std::string Remark(const std::string& unit, std::string doc, double low, double high) {
  std::replace(doc.begin(), doc.end(), '\n', ' ');
  std::string text = unit;
  if (!doc.empty()) text += (text.empty() ? "" : ": ") + doc;
  if (std::isfinite(low) || std::isfinite(high)) {
    text += fmt::format("{}{} to {}", text.empty() ? "" : "; ", low, high);
  }
  return text;
}

std::string FieldRemark(const FieldSpec& field) {
  std::string unit =
      field.units.size() > 1 ? fmt::format("{}", fmt::join(field.units, ", ")) : UnitOf(field, 0);
  return Remark(unit, field.doc, field.low, field.high);
}

std::string FieldLine(const std::string& name, const std::string& type, const std::string& remark) {
  return fmt::format("---@field {} {}{}\n", name, type, remark.empty() ? "" : " " + remark);
}

bool IsName(const std::string& text) {
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text[0])) &&
         ClassPart(text) == text;
}

// One task's classes: a class for each vector with named components, the state, the action.
std::string TaskClasses(const TaskSpec& task) {
  const std::string part = ClassPart(task.name);
  std::string vectors, state = fmt::format("---@class carrot.state.{}: carrot.Step\n", part);
  for (const FieldSpec& field : task.state.fields()) {
    std::string type = ElementType(field.dtype);
    if (!field.is_scalar()) {
      type = field.size() > kLargestVector ? "carrot.Large" : "carrot.Vector";
    }
    if (!field.is_scalar() && field.size() <= kLargestVector && !field.names.empty()) {
      type = fmt::format("carrot.state.{}.{}", part, field.name);
      vectors += fmt::format("---@class {}: carrot.Vector\n", type);
      for (size_t i = 0; i < field.names.size(); ++i) {
        if (!IsName(field.names[i])) continue;
        vectors += FieldLine(field.names[i], ElementType(field.dtype), UnitOf(field, i));
      }
      vectors += "\n";
    }
    state += FieldLine(field.name, type, FieldRemark(field));
  }
  const ActionSpec& action = task.world.action;
  std::string text = vectors + state + "\n";
  text += fmt::format("---@class carrot.action.{}: carrot.Vector\n", part);
  for (size_t i = 0; i < action.names.size(); ++i) {
    if (!IsName(action.names[i])) continue;
    const bool continuous = action.kind == ActionSpec::Kind::kContinuous;
    text += FieldLine(action.names[i], continuous ? "number" : "integer",
                      continuous ? Remark("", "", action.low[i], action.high[i])
                                 : fmt::format("0 to {}", action.choices[i] - 1));
  }
  return text + "\n";
}

std::string UnionOf(const char* kind, const ApiTasks& tasks) {
  std::vector<std::string> names;
  for (const auto& task : tasks) {
    names.push_back(fmt::format("carrot.{}.{}", kind, ClassPart(task->spec().name)));
  }
  return fmt::format("{}", fmt::join(names, "|"));
}

std::string StateText(const ApiTasks& tasks) {
  std::string text =
      "-- A vector of up to 16 elements, read-only: v[1], component names, #v.\n"
      "---@class carrot.Vector\n---@field [integer] number\n---@operator len: integer\n";
  for (const ApiName& method : VectorMethods()) {
    text += FieldLine(method.name, method.type, method.doc);
  }
  text +=
      "\n-- A longer field: v:at(i) and #v.\n---@class carrot.Large\n---@operator len: integer\n";
  for (const ApiName& method : VectorMethods()) {
    text += FieldLine(method.name, method.type, method.doc);
  }
  text += "\n---@class carrot.Step\n";
  for (const ApiName& name : StateBuiltins()) text += FieldLine(name.name, name.type, name.doc);
  text += "\n";
  if (tasks.empty()) {
    text +=
        "---@class carrot.State: carrot.Step\n---@field [string] any\n\n"
        "---@class carrot.Action: carrot.Vector\n---@field [string] number\n\n";
  } else {
    for (const auto& task : tasks) text += TaskClasses(task->spec());
    text += fmt::format("---@alias carrot.State {}\n---@alias carrot.Action {}\n\n",
                        UnionOf("state", tasks), UnionOf("action", tasks));
  }
  return text +
         "-- The declared `params` and `memory`.\n"
         "---@class carrot.Params\n---@field [string] number\n\n"
         "---@class carrot.Memory\n---@field [string] any\n\n"
         "---@alias carrot.TermFunction fun(s: carrot.State, a: carrot.Action, "
         "p: carrot.Params, m: carrot.Memory): number|boolean\n\n"
         "-- What the library makes of functions and the memory that they need.\n"
         "---@class carrot.Part\n---@field fn carrot.TermFunction\n---@field memory? table\n"
         "---@field uses? table\n\n";
}

std::string TableText(const ApiTable& table) {
  std::string text = fmt::format("-- {}\n---@class {}\n", table.doc, table.type);
  int position = 0;
  for (size_t at = 0; at < table.items.size();) {
    const size_t comma = std::min(table.items.find(", ", at), table.items.size());
    text += fmt::format("---@field [{}] {}\n", ++position, table.items.substr(at, comma - at));
    at = comma + 2;
  }
  for (const ApiKey& key : table.keys) {
    text += FieldLine(key.name + "?", key.type, key.doc);
  }
  text += "\n";
  if (!table.maker) return text;
  return text + fmt::format("---@param t {0}\n---@return {0}\nfunction {1}(t) end\n\n", table.type,
                            table.name);
}

const Signature* FindSignature(const std::string& name) {
  for (const Signature& signature : kSignatures) {
    if (name == signature.name) return &signature;
  }
  return nullptr;
}

std::string GlobalText(const std::string& name) {
  const Signature* signature = FindSignature(name);
  if (signature == nullptr) {
    return name == "math.pi" || name == "math.huge"
               ? fmt::format("---@type number\n{} = nil\n", name)
               : fmt::format("---@type any\n{} = nil\n", name);
  }
  std::string text;
  std::vector<std::string> names;
  const std::string params = signature->params;
  for (size_t at = 0; at < params.size();) {
    // A comma inside of fun(...) does not end a parameter.
    size_t end = at;
    for (int depth = 0; end < params.size() && (depth > 0 || params[end] != ','); ++end) {
      depth += (params[end] == '(') - (params[end] == ')');
    }
    const std::string param = params.substr(at, end - at);
    const size_t colon = param.find(": ");
    const std::string label = param.substr(0, colon);
    text += fmt::format("---@param {} {}\n", label, param.substr(colon + 2));
    names.push_back(label.back() == '?' ? label.substr(0, label.size() - 1) : label);
    at = end + 2;
  }
  if (*signature->result != '\0') text += fmt::format("---@return {}\n", signature->result);
  return text + fmt::format("function {}({}) end\n", name, fmt::join(names, ", "));
}

std::string GlobalsText(const RewardApi& api) {
  std::set<std::string> makers, libraries;
  for (const ApiTable& table : api.tables) {
    if (table.maker) makers.insert(table.name);
  }
  for (const std::string& name : api.globals) {
    if (const size_t dot = name.find('.'); dot != std::string::npos) {
      libraries.insert(name.substr(0, dot));
    }
  }
  std::string text = "-- Lua's own, as far as scripts have it.\n";
  for (const std::string& name : libraries) text += fmt::format("{} = {{}}\n", name);
  for (const std::string& name : api.globals) {
    if (!makers.contains(name) && !libraries.contains(name)) text += GlobalText(name);
  }
  return text;
}

std::string Cell(std::string text) {
  for (size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) {
    text.insert(at, "\\");
  }
  return text;
}

std::string ModuleMarkdown(const ApiModule& module) {
  std::string text = fmt::format("### require \"{}\"\n\n", module.name);
  if (!module.doc.empty()) text += fmt::format("{}\n\n", fmt::join(module.doc, "\n"));
  for (const ApiFunction& function : module.functions) {
    text += fmt::format("- `{}{}{}({})`{}{}\n", module.name, function.name.empty() ? "" : ".",
                        function.name, fmt::join(function.params, ", "),
                        function.doc.empty() ? "" : ": ", fmt::join(function.doc, " "));
  }
  return text + "\n";
}

std::string TaskMarkdown(const TaskSpec& task) {
  std::string text =
      fmt::format("## Task {}\n\n{}\n\n| field | type | |\n|---|---|---|\n", task.name, task.doc);
  for (const FieldSpec& field : task.state.fields()) {
    std::string type = ElementType(field.dtype);
    if (!field.is_scalar()) type += fmt::format("[{}]", field.size());
    if (!field.names.empty()) type += fmt::format(" {}", fmt::join(field.names, ", "));
    text += fmt::format("| `s.{}` | {} | {} |\n", field.name, Cell(type), Cell(FieldRemark(field)));
  }
  return text + "\n";
}

Json TaskJson(const TaskSpec& task) {
  Json fields = Json::array();
  for (const FieldSpec& field : task.state.fields()) {
    fields.push_back({{"name", field.name},
                      {"type", ElementType(field.dtype)},
                      {"shape", field.shape},
                      {"names", field.names},
                      {"units", field.units},
                      {"doc", field.doc}});
  }
  return {{"task", task.name}, {"fields", fields}, {"action", task.world.action.names}};
}

}  // namespace

std::string LuaStubs(const RewardApi& api, const ApiTasks& tasks) {
  std::vector<std::string> names;
  for (const auto& task : tasks) names.push_back(task->spec().name);
  std::string command = "carrot api --luals .";
  if (!names.empty()) command += fmt::format(" --task {}", fmt::join(names, ","));
  std::string text = fmt::format(
      "---@meta\n-- What reward scripts can use, for the Lua language server. Written by\n"
      "-- `{}`; with --check it tells whether this is up to date.\n\n",
      command);
  text += StateText(tasks);
  for (const ApiTable& table : api.tables) text += TableText(table);
  return text + GlobalsText(api);
}

std::string LuaRc(const std::string& library) {
  Json builtin = Json::object();
  for (const char* name : kBuiltins) builtin[name] = "disable";
  const Json rc = {{"runtime.version", "LuaJIT"},
                   {"runtime.path", {"?.lua"}},
                   {"runtime.builtin", builtin},
                   {"workspace.library", {library}},
                   {"workspace.checkThirdParty", false}};
  return JsonText(rc, 2) + "\n";
}

std::string ApiMarkdown(const RewardApi& api, const ApiTasks& tasks) {
  std::string text = "# What reward scripts can use\n\n";
  for (const auto& task : tasks) text += TaskMarkdown(task->spec());
  text += "## State\n\n| name | type | |\n|---|---|---|\n";
  for (const ApiName& name : StateBuiltins()) {
    text += fmt::format("| `s.{}` | {} | {} |\n", name.name, name.type, name.doc);
  }
  for (const ApiName& name : VectorMethods()) {
    text += fmt::format("| `v:{}` | {} | {} |\n", name.name, Cell(name.type), name.doc);
  }
  text += "\n";
  for (const ApiTable& table : api.tables) {
    text += fmt::format("## {}\n\n{}\n\n| key | type | |\n|---|---|---|\n", table.name, table.doc);
    for (const ApiKey& key : table.keys) {
      text += fmt::format("| `{}` | {} | {} |\n", key.name, Cell(key.type), key.doc);
    }
    text += "\n";
  }
  text += "## Library\n\n";
  for (const ApiModule& module : api.modules) text += ModuleMarkdown(module);
  return text + fmt::format("## Lua\n\n`{}`\n", fmt::join(api.globals, "`, `"));
}

Json ApiJson(const RewardApi& api, const ApiTasks& tasks) {
  Json object = {{"tables", Json::array()},
                 {"globals", api.globals},
                 {"modules", Json::array()},
                 {"tasks", Json::array()}};
  for (const ApiTable& table : api.tables) {
    Json keys = Json::array();
    for (const ApiKey& key : table.keys) {
      keys.push_back({{"name", key.name}, {"type", key.type}, {"doc", key.doc}});
    }
    object["tables"].push_back({{"name", table.name}, {"doc", table.doc}, {"keys", keys}});
  }
  for (const ApiModule& module : api.modules) {
    Json functions = Json::array();
    for (const ApiFunction& function : module.functions) {
      functions.push_back(
          {{"name", function.name}, {"params", function.params}, {"doc", function.doc}});
    }
    object["modules"].push_back(
        {{"name", module.name}, {"doc", module.doc}, {"functions", functions}});
  }
  for (const auto& task : tasks) object["tasks"].push_back(TaskJson(task->spec()));
  return object;
}

std::vector<std::pair<std::string, std::string>> StubFiles(const RewardApi& api,
                                                           const ApiTasks& tasks,
                                                           const std::string& folder) {
  const fs::path library = DefaultLibraryDirs()[0];
  const fs::path place = fs::weakly_canonical(fs::absolute(folder));
  const fs::path relative = fs::relative(place, fs::weakly_canonical(HomeFolder()));
  const bool own = !relative.empty() && *relative.begin() != "..";
  const fs::path named = own ? fs::relative(library, place) : library;
  return {{(fs::path(folder) / "carrot.d.lua").string(), LuaStubs(api, tasks)},
          {(fs::path(folder) / ".luarc.json").string(), LuaRc(named.string())}};
}

}  // namespace carrot
