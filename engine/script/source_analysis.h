// What can be known of Lua source without running it: functions, what each does with its
// parameters, names it reads and writes, the order of table keys; and the source rewritten with
// budget ticks.
//
// Only valid Lua may be analysed (the compiler has accepted it before).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"

namespace carrot {

// One step of a path after a parameter: s.prev.torso_vel.x is prev, torso_vel, x.
struct PathPart {
  enum class Kind : uint8_t { kName, kIndex, kDynamic, kMethod };
  Kind kind = Kind::kName;
  std::string name;  // kName, kMethod
  double index = 0;  // kIndex: a number written in the source
  SourceSpan where;
};

// One use of a parameter of a function (also inside functions nested in it).
struct ParamUse {
  int param = 0;               // 0-based
  std::vector<PathPart> path;  // may be empty: the parameter itself goes somewhere
  bool write = false;          // it is assigned to
  bool length = false;         // operand of #
  bool call = false;           // called: s.name(...)
  int callee = -1;             // passed as it is to this known function (FunctionInfo index) ...
  int argument = -1;           // ... as this argument
  SourceSpan where;            // the parameter's name
};

struct NameUse {
  std::string name;    // of a global, or of an upvalue
  std::string member;  // math.abs: "abs", if written so
  SourceSpan where, member_where;
  int function = 0;    // innermost function around it
  int owner = -1;      // function that declares the variable; -1: global
  bool table = false;  // writes: name.x = ... rather than name = ...
};

struct FunctionInfo {
  int parent = -1;   // 0 is the file itself
  SourceSpan where;  // the word `function`
  std::vector<std::string> params;
  bool vararg = false;
  bool silent = false;         // no call of it ever charges the budget
  std::vector<ParamUse> uses;  // of its own parameters
  std::vector<int> calls;      // known functions that it names
};

struct TableKey {
  std::string name;  // "" for an array item
  SourceSpan where;  // of the key, or of the item
  SourceSpan value;  // of the value's first token
};
struct TableInfo {
  SourceSpan where;
  std::vector<TableKey> keys;
};

struct ScriptAnalysis {
  std::vector<FunctionInfo> functions;  // [0]: the file
  std::vector<TableInfo> tables;        // constructors
  std::vector<NameUse> globals;         // reads
  std::vector<NameUse> writes;      // of globals, and of variables declared in an outer function
  std::vector<std::string> locals;  // every local name, for suggestions
  std::vector<std::string>
      dotted;                // every name after a dot and every string: what dynamic code can read
  bool uses_random = false;  // names math.random somewhere
  std::string instrumented;  // source to compile; starts with kInstrumentedHeader
  Diagnostics errors;        // R05x: reserved names, 64-bit literals

  // `function`, the functions inside it and all known functions that they name.
  std::vector<int> Reachable(int function) const;
};

struct InstrumentOptions {
  bool ticks = true;
  int first_function =
      0;  // ids in the rewritten source are offset by these, so that they are unique over
  int first_table = 0;  // a script and its modules
};

// Names that the rewritten source takes from its arguments, in this order.
inline constexpr const char* kInstrumentedHeader =
    "local __B,__X,__pow,__cat,__len,__f,__t,__n,__v,__s=...;";

ScriptAnalysis Analyze(std::string_view source, const std::string& file, InstrumentOptions options);

}  // namespace carrot
