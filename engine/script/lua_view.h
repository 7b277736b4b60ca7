// LuaValue: what a script returned, as plain data. Hosts above (rewards/host, envs/task) walk it
// without knowing Lua. Tables keep the order in which their keys are written in the source;
// functions are opaque numbers that TermProgram understands.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"

namespace carrot {

struct LuaEntry;

struct LuaValue {
  enum class Kind : uint8_t { kNil, kBool, kNumber, kString, kTable, kFunction };
  Kind kind = Kind::kNil;
  bool boolean = false;
  double number = 0;
  std::string string;
  // Tables. `tag` is the maker's name ("term" for `term {...}`), "" for a plain table. A maker
  // called with one table tags that table; called otherwise (`uniform(-1, 1)`, `asset "x"`) it
  // gives a table whose array part holds the arguments.
  std::string tag;
  const void* identity = nullptr;  // of tables: equal if two values are the same table
  std::vector<LuaValue> array;     // t[1] ... t[#t]
  std::vector<LuaEntry>
      entries;  // string keys: as written; keys not written in a constructor come last, sorted
  // Functions: index for TermProgram, the same in every state made from this script. -1: none.
  int function = -1;
  // Where the value is written (a constructor's brace, `function`, the first token of an entry);
  // empty if unknown, e.g. for computed values.
  SourceSpan where;

  bool is_nil() const { return kind == Kind::kNil; }
  bool is_number() const { return kind == Kind::kNumber; }
  bool is_string() const { return kind == Kind::kString; }
  bool is_bool() const { return kind == Kind::kBool; }
  bool is_table() const { return kind == Kind::kTable; }
  bool is_function() const { return kind == Kind::kFunction; }
  // The entry's value, or null.
  const LuaValue* Find(std::string_view key) const;
  const LuaEntry* FindEntry(std::string_view key) const;
};

struct LuaEntry {
  std::string key;
  SourceSpan where;  // of the key
  LuaValue value;
};

const char* Name(LuaValue::Kind kind);  // "number", "table", ...

// Data as JSON. A table with only an array part is an array, one with only keys an object (order
// lost: JSON objects are sorted); a mixed one is an object with the array part under "1", "2", ....
// A maker's tag is kept under "$". Functions are left out, or with keep_functions given as
// {"$function": index}. Infinite numbers become the strings "inf" and "-inf".
struct LuaJsonOptions {
  bool keep_functions = false;
  bool array_as_object = false;  // every table is an object (array part under "1", "2", ...)
};
nlohmann::json ToJson(const LuaValue& value, LuaJsonOptions options = {});

// Reads one table by declaration and collects everything that is wrong with it, instead of stopping
// at the first mistake. Usage:
//   TableReader r(table, "term", script, &errors);
//   r.Number("weight", &weight);  fn = r.Function("fn");
//   r.Finish();   // complains of keys that nobody asked for, with the nearest declared one
class LuaScript;
class TableReader {
 public:
  // `what` names the table in messages: "term `forward`". `table` may be of any kind: if it is not
  // a table that is the first error. Codes: R020 undeclared key, R021 wrong type, R022 missing.
  TableReader(const LuaValue& table, std::string what, const LuaScript& script,
              Diagnostics* errors);

  // Each returns whether the key is there with the right type; a wrong type is an error.
  bool Number(const std::string& key, double* out);
  bool Integer(const std::string& key, int* out);
  bool Bool(const std::string& key, bool* out);
  bool String(const std::string& key, std::string* out);
  bool Strings(const std::string& key,
               std::vector<std::string>* out);  // a string or an array of strings
  bool Numbers(const std::string& key,
               std::vector<double>* out);  // a number or an array of numbers
  // The value if it has that kind, else null (absent, or an error was added).
  const LuaValue* Table(const std::string& key);
  const LuaValue* Function(const std::string& key);
  const LuaValue* Any(const std::string& key);  // marks the key as known
  // Array items; Item(1) is the first. Positions asked for are known; others are an error at Finish
  // unless Items() was called.
  const LuaValue* Item(int index);
  const std::vector<LuaValue>& Items();
  // Adds an error about `key` (its place, if it is there).
  void Error(const std::string& code, const std::string& message, const std::string& key = "",
             std::vector<std::string> help = {});
  // Reported by Finish (at once after it), unless an unknown key looks like a misspelling of this
  // one.
  void Missing(const std::string& key, const std::string& hint);
  void Finish();
  bool ok() const { return ok_; }

 private:
  const LuaValue* Typed(const std::string& key, LuaValue::Kind kind, const char* expected);

  const LuaValue& table_;
  std::string what_;
  const LuaScript& script_;
  Diagnostics* errors_;
  std::vector<std::string> known_;
  std::vector<std::pair<std::string, std::string>> missing_;  // key, hint
  int known_items_ = 0;
  bool ok_ = true, finished_ = false;
};

}  // namespace carrot
