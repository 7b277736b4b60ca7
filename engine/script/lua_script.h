// LuaScript: one script file, read, checked, instrumented and run once in a sandbox; its returned
// value as data. Immutable and thread-safe afterwards. TermProgram makes runnable states from it.
//
// The language is Lua 5.1 (LuaJIT), without io, os, debug, package, ffi, jit, load*, dofile,
// coroutines, metatables, raw access, pcall, and with bounded strings (64 KiB; long ones shrink the
// budget). `require "x"` finds <library>/x.lua, then x.lua beside the script. The source is
// rewritten on the same lines: loops, gotos and functions that could recur or run long charge a
// budget (tick_plan.h); `^`, `..`,
// `#` and `...` become calls of the prelude (same bits with the JIT on and off; bounded; big fields
// have a length). Library tables are read-only. Scripts load with the JIT off, terms run with it
// on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/script/lua_view.h"

namespace carrot {

struct ScriptOptions {
  std::vector<std::string>
      makers;  // e.g. {"reward", "term", "param"}: functions that give tagged tables
  std::vector<std::string>
      library_dirs;  // where `require` looks first; empty: DefaultLibraryDirs()
  size_t memory_limit = size_t{64} << 20;  // bytes of each Lua state
  int64_t load_ticks = 1'000'000;          // budget while the script itself runs
  int64_t step_ticks = 100'000;            // budget of each term call on a row
  bool jit = true;                         // tests and benchmarks: results are the same
  int64_t fail_allocation = 0;  // tests: this allocation of each running script fails; 0: none
  bool instrument = true;       // false: no budget (benchmarks only; never for foreign scripts)
};

// The shipped library, rewards/lib of Carrot's own folder (engine/base/paths.h).
std::vector<std::string> DefaultLibraryDirs();

struct ScriptInternals;  // lua_host.h
struct ScriptModule {
  std::string name, path, source;
};

class LuaScript : public std::enable_shared_from_this<LuaScript> {
 public:
  // Errors (here and in TermProgram):
  //   R001 syntax  R002 not readable  R009 internal
  //   R011 unknown name  R012 field  R013 component or index  R014 parameter  R015 memory  R016
  //   read-only R017 writes a variable that outlives the call R020 undeclared key  R021 wrong type
  //   R022 missing  R026 the returned value is not data R030 run-time error  R031 NaN  R032
  //   infinite  R033 not a number  R034 error() or assert R040 budget  R041 memory  R042 recursion
  //   R050 not available  R051 reserved name  R053 too long or too costly  R054 not inside a term
  static Result<std::shared_ptr<const LuaScript>> Load(const std::string& path,
                                                       ScriptOptions options);
  static Result<std::shared_ptr<const LuaScript>> FromSource(std::string source, std::string path,
                                                             ScriptOptions options);
  ~LuaScript();

  const LuaValue& root() const { return root_; }  // what the script returned
  const std::string& path() const { return path_; }
  const std::string& source() const { return source_; }
  const std::string& hash() const {
    return hash_;
  }  // of the file's bytes and of the required modules
  const std::vector<ScriptModule>& modules() const {
    return modules_;
  }  // in the order of first require
  const ScriptOptions& options() const { return options_; }
  const ScriptInternals& internals() const { return *internals_; }

  // A diagnostic at `where`, with the line's text.
  Diagnostic ErrorAt(const std::string& code, std::string message, SourceSpan where,
                     std::vector<std::string> help = {}) const;

 private:
  LuaScript();
  std::string path_, source_, hash_;
  ScriptOptions options_;
  LuaValue root_;
  std::vector<ScriptModule> modules_;
  std::unique_ptr<ScriptInternals> internals_;
};

}  // namespace carrot
