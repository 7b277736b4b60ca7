// Declarations that task and reward scripts share: params and memory.
#pragma once

#include <vector>

#include "engine/core/reward_function.h"
#include "engine/script/lua_script.h"

namespace carrot {

// `table` is { name = param { 1.5, min =, max =, unit =, doc = } | number, ... } or null.
std::vector<ParamSpec> ReadParams(const LuaValue* table, const LuaScript& script,
                                  Diagnostics* errors);

// How a memory entry starts an episode: from constants, or by a function(s) of row 0.
struct MemoryInit {
  std::vector<double> constant;  // used if function < 0
  int function = -1;
  std::vector<std::string> states = {};  // of a machine: the value is 1 + an index into these
  SourceSpan where;
};
struct MemoryDecl {
  std::vector<MemorySpec> specs;
  std::vector<MemoryInit> inits;  // one for each spec
  int width = 0;                  // numbers in a row of all entries
};
// `table` is { name = number | { numbers } | function(s) | { size = n, fn = function(s) } |
// { 1, states = { names } }, ... } or null. A function gives the entry's number, or its n numbers.
MemoryDecl ReadMemory(const LuaValue* table, const LuaScript& script, Diagnostics* errors);
// Appends the entries of `table` to `decl`; R023 for a name that is taken. `where` is the place of
// entries whose key is computed.
void AddMemory(const LuaValue& table, const SourceSpan& where, const LuaScript& script,
               MemoryDecl* decl, Diagnostics* errors);

// An unknown key is the usual cause of a missing one (horizn for horizon), so it comes before it.
Diagnostics MistypedFirst(Diagnostics errors);

}  // namespace carrot
