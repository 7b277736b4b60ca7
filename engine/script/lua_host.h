// LuaHost: one sandboxed Lua state with a script loaded into it. The building block of LuaScript
// (which throws its host away after reading the returned value) and of TermRunner (which keeps one
// per worker). Internal to engine/script. Not thread-safe; every host is one island.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/script/lua_script.h"
#include "engine/script/source_analysis.h"

struct lua_State;

namespace carrot {

// A source file after analysis. Function and table ids are unique over a script's units.
struct ScriptUnit {
  std::string name, path, source;
  std::shared_ptr<const ScriptAnalysis> analysis;
  int first_function = 0, first_table = 0;
};

// Key of math.random for the call in progress; set by the loops' driver.
struct RandomContext {
  uint64_t key = 0;
  uint64_t counter = 0;
};

class LuaHost {
 public:
  // Finds the unit that `require name` means, analysing it if need be; "" error: diagnostics were
  // added.
  using Requirer = std::function<const ScriptUnit*(const std::string& name, std::string* error)>;

  LuaHost(const ScriptOptions& options, Requirer requirer);
  ~LuaHost();
  LuaHost(const LuaHost&) = delete;

  // Opens the libraries and the sandbox. Fails only for want of memory.
  Status Init();
  // Text must be source, not bytecode. Reports syntax errors in `unit`'s terms.
  Status CheckSyntax(const std::string& source, const std::string& path);
  // Runs the script; its value stays on the stack of the state for ReadValue.
  Status RunScript(const std::vector<std::unique_ptr<ScriptUnit>>& units);
  // The returned value as data; functions are kept under their numbers.
  Result<LuaValue> ReadValue(const std::vector<std::unique_ptr<ScriptUnit>>& units,
                             std::vector<int>* function_ids);
  // Ends loading: pairs, require and makers stop working, budgets become those of a step.
  void Seal();

  // What a name in a script may refer to: globals, and members as "math.abs".
  const std::vector<std::string>& globals() const { return globals_; }

  lua_State* state() const { return lua_; }
  int registry_functions() const { return functions_ref_; }  // table: function number -> function
  int registry_prelude() const { return prelude_ref_; }
  size_t heap_bytes() const { return used_; }
  RandomContext& random() { return random_; }
  int64_t step_budget() const { return step_budget_; }  // of a term's call; after Seal

  // Calls the function below `args` arguments on the stack. On failure the error is described by
  // error_*(); the stack is clean.
  bool Call(int args, int results);
  // The last failed Call.
  const std::string& error_code() const { return error_code_; }
  const std::string& error_message() const { return error_message_; }
  int error_unit() const { return error_unit_; }  // index of the unit, or -1
  int error_line() const { return error_line_; }

 private:
  static void* Allocate(void* self, void* block, size_t old_size, size_t new_size);
  static int OnError(lua_State* lua);
  void NoteLine(lua_State* lua, bool said = false);
  static int OnRequire(lua_State* lua);
  void ParseError(int status);
  bool LoadUnit(const ScriptUnit& unit, int index);

  ScriptOptions options_;
  Requirer requirer_;
  bool loading_ = false;  // the script itself runs
  int64_t step_budget_ = 0;
  int64_t allocations_left_;  // until one fails; 0 or less: none does
  lua_State* lua_ = nullptr;
  size_t used_ = 0;
  size_t slack_ =
      size_t{16} << 20;  // beyond the limit, for the host's own work; 0 while a script runs
  int prelude_ref_ = 0, functions_ref_ = 0, env_ref_ = 0, handler_ref_ = 0;
  RandomContext random_;
  std::vector<std::string> globals_;
  const std::vector<std::unique_ptr<ScriptUnit>>* units_ = nullptr;
  std::string error_code_, error_message_;
  int error_unit_ = -1, error_line_ = 0;
};

// A diagnostic for the host's last error, with the text of the line and a caret if the name that
// the message speaks of stands exactly once on that line.
Diagnostic DescribeError(const LuaHost& host,
                         const std::vector<std::unique_ptr<ScriptUnit>>& units);
// The text of a line of a unit with that path, or "".
std::string LineText(const std::vector<std::unique_ptr<ScriptUnit>>& units, const std::string& path,
                     int line);
std::string LineOf(const std::string& source, int line);

// What LuaScript keeps besides its public data.
struct ScriptInternals {
  std::vector<std::unique_ptr<ScriptUnit>> units;  // [0] is the script
  std::vector<int> function_ids;                   // LuaValue::function -> id over all units
  // The unit and index in its analysis of function id; {-1, -1} if unknown.
  std::pair<int, int> Locate(int id) const;
};

}  // namespace carrot
