#include "engine/script/lua_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "engine/base/hash.h"
#include "engine/base/paths.h"
#include "engine/base/suggest.h"
#include "engine/script/lua_host.h"
#include "engine/script/script_files.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxSource = size_t{1} << 20;

// Lua that scripts do not get, with what to do instead.
constexpr std::array<std::pair<const char*, const char*>, 31> kRefused = {{
    {"io", "scripts cannot touch files"},
    {"os", "scripts cannot touch the system; time is `s.t`"},
    {"debug", "use `carrot explain` to look into a term"},
    {"package", "use `require \"module\"`"},
    {"ffi", "scripts see plain numbers and tables only"},
    {"jit", "scripts are compiled anyway"},
    {"coroutine", "write a term as a plain function of (s, a, p, m)"},
    {"load", "write the code in the script"},
    {"loadstring", "write the code in the script"},
    {"loadfile", "use `require \"module\"`"},
    {"dofile", "use `require \"module\"`"},
    {"module", "return a table from the module instead"},
    {"getfenv", "environments are fixed"},
    {"setfenv", "environments are fixed"},
    {"getmetatable", "metatables are not available"},
    {"setmetatable", "metatables are not available"},
    {"rawget", "index the table"},
    {"rawset", "assign to the table"},
    {"rawequal", "use =="},
    {"rawlen", "use #"},
    {"newproxy", "metatables are not available"},
    {"collectgarbage", "memory is managed for you"},
    {"gcinfo", "memory is managed for you"},
    {"pcall", "an error in a term is reported and counts as 0"},
    {"xpcall", "an error in a term is reported and counts as 0"},
    {"next", "use `pairs` while loading, counted loops in terms"},
    {"print", "add a term of kind \"monitor\" to see a value"},
    {"_G", "globals are fixed; declare values with `local`"},
    {"_VERSION", "the language is Lua 5.1 (LuaJIT)"},
    {"string.dump", "bytecode is not available"},
    {"math.randomseed", "math.random is keyed by world seed, step and term"},
}};

const char* WhyRefused(const std::string& name) {
  for (const auto& [refused, why] : kRefused) {
    if (name == refused) return why;
  }
  return nullptr;
}

bool IsModuleName(const std::string& name) {
  if (name.empty() || name.size() > 100) return false;
  for (char c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '/' && c != '-')
      return false;
  }
  return name[0] != '/' && name[0] != '-';
}

// Loads one script: units, checks, run. Everything that can fail adds to `errors`.
class Loader {
 public:
  Loader(const ScriptOptions& options, std::vector<std::unique_ptr<ScriptUnit>>* units)
      : units_(units),
        host_(options,
              [this](const std::string& name, std::string* error) { return Require(name, error); }),
        library_dirs_(options.library_dirs),
        options_(options) {}

  Status Run(std::string source, const std::string& path) {
    folder_ = fs::path(path).parent_path().string();
    CARROT_RETURN_IF_ERROR(host_.Init());
    if (AddUnit("", path, std::move(source)) == nullptr) return Fail(std::move(errors_));
    Status status = host_.RunScript(*units_);
    if (!errors_.empty()) return Fail(std::move(errors_));  // of a module: nearer to the cause
    return status;
  }
  LuaHost& host() { return host_; }

 private:
  const ScriptUnit* AddUnit(const std::string& name, const std::string& path, std::string source) {
    if (source.size() > kMaxSource) {
      Diagnostic d = MakeError(
          "R002", fmt::format("the file has {} bytes; the limit is {}", source.size(), kMaxSource));
      d.where.file = path;
      errors_.push_back(std::move(d));
      return nullptr;
    }
    if (Status syntax = host_.CheckSyntax(source, path); !syntax) {
      for (auto& d : syntax.error()) errors_.push_back(std::move(d));
      return nullptr;
    }
    InstrumentOptions instrument;
    instrument.ticks = options_.instrument;
    if (!units_->empty()) {
      const ScriptUnit& last = *units_->back();
      instrument.first_function =
          last.first_function + static_cast<int>(last.analysis->functions.size());
      instrument.first_table = last.first_table + static_cast<int>(last.analysis->tables.size());
    }
    auto unit = std::make_unique<ScriptUnit>();
    unit->name = name;
    unit->path = path;
    unit->first_function = instrument.first_function;
    unit->first_table = instrument.first_table;
    unit->analysis = std::make_shared<ScriptAnalysis>(Analyze(source, path, instrument));
    unit->source = std::move(source);
    Diagnostics found = unit->analysis->errors;
    CheckNames(*unit, &found);
    for (auto& d : found) {
      d.excerpt = LineOf(unit->source, d.where.line);
      errors_.push_back(std::move(d));
    }
    if (!errors_.empty()) return nullptr;
    units_->push_back(std::move(unit));
    return units_->back().get();
  }

  const ScriptUnit* Require(const std::string& name, std::string* error) {
    if (!IsModuleName(name)) {
      *error = fmt::format("`{}` is not a module name: use letters, digits, _ and /", name);
      return nullptr;
    }
    for (const std::string& path : ModulePaths(name, library_dirs_, folder_)) {
      std::string source;
      if (ReadScriptText(path, &source)) return AddUnit(name, path, std::move(source));
    }
    *error = fmt::format("there is no module `{}`", name);
    const std::string nearest = Suggest(name, LibraryModules());
    if (!nearest.empty()) *error += fmt::format(" (did you mean `{}`?)", nearest);
    return nullptr;
  }

  std::vector<std::string> LibraryModules() const {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& dir : library_dirs_) {
      for (const auto& file : fs::directory_iterator(dir, error)) {
        if (file.path().extension() == ".lua") names.push_back(file.path().stem().string());
      }
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  // Every global that is read must exist; globals are never written.
  void CheckNames(const ScriptUnit& unit, Diagnostics* found) {
    std::set<std::string> reported;
    const auto& known = host_.globals();
    const auto is_known = [&](const std::string& name) {
      return std::binary_search(known.begin(), known.end(), name);
    };
    for (const NameUse& use : unit.analysis->globals) {
      const bool member = !use.member.empty() && is_known(use.name);
      const std::string full = member ? use.name + "." + use.member : use.name;
      if (is_known(full) || (member && !HasMembers(use.name))) continue;
      if (IsWritten(unit, use) || !reported.insert(full).second) continue;
      Diagnostic d = UnknownName(unit, full, member);
      d.where = member ? use.member_where : use.where;
      found->push_back(std::move(d));
    }
    for (const NameUse& write : unit.analysis->writes) {
      if (write.owner >= 0 || !reported.insert("=" + write.name).second) continue;
      Diagnostic d = MakeError("R017", fmt::format("`{}` is written as a global", write.name),
                               {fmt::format("declare it: local {} = ...", write.name)});
      d.where = write.where;
      found->push_back(std::move(d));
    }
  }
  bool HasMembers(const std::string& name) const {
    const auto& known = host_.globals();
    const auto it = std::lower_bound(known.begin(), known.end(), name + ".");
    return it != known.end() && it->compare(0, name.size() + 1, name + ".") == 0;
  }
  // A global that is assigned somewhere is reported there, once.
  static bool IsWritten(const ScriptUnit& unit, const NameUse& use) {
    const auto& writes = unit.analysis->writes;
    return std::any_of(writes.begin(), writes.end(), [&](const NameUse& write) {
      return write.owner < 0 && write.name == use.name;
    });
  }
  Diagnostic UnknownName(const ScriptUnit& unit, const std::string& name, bool member) const {
    if (const char* why = WhyRefused(name)) {
      return MakeError("R050", fmt::format("`{}` is not available in scripts", name), {why});
    }
    std::vector<std::string> help;
    std::vector<std::string> candidates;
    for (const auto& global : host_.globals()) {
      if ((global.find('.') != std::string::npos) == member) candidates.push_back(global);
    }
    if (!member) {
      candidates.insert(candidates.end(), unit.analysis->locals.begin(),
                        unit.analysis->locals.end());
    }
    const std::string nearest = Suggest(name, candidates);
    const std::vector<std::string> modules = LibraryModules();
    const std::string module = member ? "" : Suggest(name, modules);
    for (const auto& global : host_.globals()) {
      const size_t dot = global.find('.');
      if (!member && dot != std::string::npos && global.substr(dot + 1) == name) {
        help.push_back(fmt::format("did you mean `{}`?", global));
      }
    }
    if (!nearest.empty()) help.push_back(fmt::format("did you mean `{}`?", nearest));
    if (!module.empty() && module != nearest) {
      help.push_back(
          module == name
              ? fmt::format("add: local {0} = require \"{0}\"", module)
              : fmt::format("did you mean `{0}`? add: local {0} = require \"{0}\"", module));
    }
    return MakeError("R011", fmt::format("`{}` is not defined", name), std::move(help));
  }

  std::vector<std::unique_ptr<ScriptUnit>>* units_;
  LuaHost host_;
  std::vector<std::string> library_dirs_;
  ScriptOptions options_;
  std::string folder_;
  Diagnostics errors_;
};

}  // namespace

std::vector<std::string> DefaultLibraryDirs() {
  return {(HomeFolder() / "rewards" / "lib").string()};
}

LuaScript::LuaScript() = default;
LuaScript::~LuaScript() = default;

Result<std::shared_ptr<const LuaScript>> LuaScript::Load(const std::string& path,
                                                         ScriptOptions options) {
  std::string source;
  if (!ReadScriptText(path, &source)) {
    return Fail(
        MakeError("R002", fmt::format("cannot read the script {}", path), {"check the path"}));
  }
  return FromSource(std::move(source), path, std::move(options));
}

Result<std::shared_ptr<const LuaScript>> LuaScript::FromSource(std::string source, std::string path,
                                                               ScriptOptions options) {
  if (options.library_dirs.empty()) options.library_dirs = DefaultLibraryDirs();
  std::shared_ptr<LuaScript> script(new LuaScript());
  script->internals_ = std::make_unique<ScriptInternals>();
  auto& units = script->internals_->units;
  Loader loader(options, &units);
  CARROT_RETURN_IF_ERROR(loader.Run(source, path));
  CARROT_ASSIGN_OR_RETURN(script->root_,
                          loader.host().ReadValue(units, &script->internals_->function_ids));
  std::string bytes = source;
  for (size_t u = 1; u < units.size(); ++u) {
    script->modules_.push_back({units[u]->name, units[u]->path, units[u]->source});
    bytes += '\0' + units[u]->name + '\0' + units[u]->source;
  }
  script->hash_ = HashHex(bytes);
  script->path_ = std::move(path);
  script->source_ = std::move(source);
  script->options_ = std::move(options);
  return script;
}

Diagnostic LuaScript::ErrorAt(const std::string& code, std::string message, SourceSpan where,
                              std::vector<std::string> help) const {
  Diagnostic d = MakeError(code, std::move(message), std::move(help));
  if (where.file.empty()) where.file = path_;
  d.excerpt = LineText(internals_->units, where.file, where.line);
  if (where.length > static_cast<int>(d.excerpt.size())) where.length = 0;
  d.where = std::move(where);
  return d;
}

}  // namespace carrot
