// LuaHost::ReadValue: the table that a script returned, as data.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <lua.hpp>
#include <map>

#include "engine/script/lua_host.h"

namespace carrot {
namespace {

constexpr int kMaxDepth = 64;
constexpr int kMaxNodes = 200'000;
constexpr size_t kNodeBytes = 64;  // of a text that count as one node

// Well-formed by the Unicode standard's table 3-7: what files and messages can carry on.
bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto at = [&](size_t k) {
      return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U;
    };
    const unsigned c = at(0);
    const size_t length = c < 0x80   ? 1
                          : c < 0xC2 ? 0
                          : c < 0xE0 ? 2
                          : c < 0xF0 ? 3
                          : c < 0xF5 ? 4
                                     : 0;
    if (length == 0) return false;
    for (size_t k = 1; k < length; ++k) {
      if ((at(k) & 0xC0) != 0x80) return false;
    }
    if ((c == 0xE0 && at(1) < 0xA0) || (c == 0xED && at(1) > 0x9F) || (c == 0xF0 && at(1) < 0x90) ||
        (c == 0xF4 && at(1) > 0x8F)) {
      return false;
    }
    i += length;
  }
  return true;
}

class ValueReader {
 public:
  ValueReader(lua_State* lua, int prelude, int functions,
              const std::vector<std::unique_ptr<ScriptUnit>>& units, std::vector<int>* function_ids)
      : lua_(lua), units_(units), function_ids_(function_ids), functions_(functions) {
    lua_getfield(lua, prelude, "tags");
    lua_getfield(lua, prelude, "constructors");
    lua_getfield(lua, prelude, "functions");
    known_ = lua_gettop(lua);
  }
  // Reads the value on top of the stack (kept).
  LuaValue Read(int depth) {
    LuaValue value;
    if (depth > kMaxDepth || ++nodes_ > kMaxNodes || !lua_checkstack(lua_, 8)) {
      too_big_ = true;
      return value;
    }
    switch (lua_type(lua_, -1)) {
      case LUA_TBOOLEAN:
        value.kind = LuaValue::Kind::kBool;
        value.boolean = lua_toboolean(lua_, -1) != 0;
        break;
      case LUA_TNUMBER:
        value.kind = LuaValue::Kind::kNumber;
        value.number = lua_tonumber(lua_, -1);
        break;
      case LUA_TSTRING: {
        size_t length = 0;
        const char* text = lua_tolstring(lua_, -1, &length);
        value.kind = LuaValue::Kind::kString;
        value.string.assign(text, length);
        not_utf8_ |= !IsUtf8(value.string);
        nodes_ += static_cast<int>(length / kNodeBytes);  // a text may stand in many places
        break;
      }
      case LUA_TFUNCTION:
        ReadFunction(&value);
        break;
      case LUA_TTABLE:
        ReadTable(&value, depth);
        break;
      default:
        break;
    }
    return value;
  }
  bool too_big() const { return too_big_; }
  bool not_utf8() const { return not_utf8_; }
  const std::string& bad_key() const { return bad_key_; }

 private:
  // Looks the value on top up in one of the three tables; -1 if it is not there.
  int Id(int table) {
    lua_pushvalue(lua_, -1);
    lua_rawget(lua_, table);
    const int id = lua_isnumber(lua_, -1) ? static_cast<int>(lua_tonumber(lua_, -1)) : -1;
    lua_pop(lua_, 1);
    return id;
  }
  void ReadFunction(LuaValue* value) {
    value->kind = LuaValue::Kind::kFunction;
    const int id = Id(known_);
    value->function = static_cast<int>(function_ids_->size());
    function_ids_->push_back(id);
    lua_rawgeti(lua_, LUA_REGISTRYINDEX, functions_);
    lua_pushvalue(lua_, -2);
    lua_rawseti(lua_, -2, value->function + 1);
    lua_pop(lua_, 1);
    for (const auto& unit : units_) {
      const int local = id - unit->first_function;
      if (id >= 0 && local >= 0 && local < static_cast<int>(unit->analysis->functions.size())) {
        value->where = unit->analysis->functions[local].where;
      }
    }
  }
  const TableInfo* Info() {
    const int id = Id(known_ - 1);
    for (const auto& unit : units_) {
      const int local = id - unit->first_table;
      if (id >= 0 && local >= 0 && local < static_cast<int>(unit->analysis->tables.size())) {
        return &unit->analysis->tables[local];
      }
    }
    return nullptr;
  }
  void ReadTable(LuaValue* value, int depth) {
    value->kind = LuaValue::Kind::kTable;
    value->identity = lua_topointer(lua_, -1);
    const TableInfo* info = Info();
    if (info != nullptr) value->where = info->where;
    lua_pushvalue(lua_, -1);
    lua_rawget(lua_, known_ - 2);
    if (lua_isstring(lua_, -1)) value->tag = lua_tostring(lua_, -1);
    lua_pop(lua_, 1);

    std::map<std::string, const TableKey*> written;
    std::vector<const TableKey*> items;
    if (info != nullptr) {
      for (const TableKey& key : info->keys) {
        if (key.name.empty())
          items.push_back(&key);
        else
          written[key.name] = &key;
      }
    }
    const int length = static_cast<int>(lua_objlen(lua_, -1));
    for (int i = 1; i <= length && !too_big_; ++i) {
      lua_rawgeti(lua_, -1, i);
      value->array.push_back(Read(depth + 1));
      lua_pop(lua_, 1);
      if (i <= static_cast<int>(items.size())) SetPlace(&value->array.back(), items[i - 1]->value);
    }
    std::vector<std::string> keys = Keys(length);
    std::stable_sort(keys.begin(), keys.end(), [&](const std::string& a, const std::string& b) {
      const auto ka = written.find(a), kb = written.find(b);
      if ((ka == written.end()) != (kb == written.end())) return ka != written.end();
      if (ka == written.end()) return a < b;
      return ka->second < kb->second;  // both point into info->keys
    });
    for (const std::string& key : keys) {
      lua_pushlstring(lua_, key.data(), key.size());
      lua_rawget(lua_, -2);
      LuaEntry entry;
      entry.key = key;
      entry.value = Read(depth + 1);
      lua_pop(lua_, 1);
      if (const auto it = written.find(key); it != written.end()) {
        entry.where = it->second->where;
        SetPlace(&entry.value, it->second->value);
      }
      value->entries.push_back(std::move(entry));
      if (too_big_) return;
    }
  }
  static void SetPlace(LuaValue* value, const SourceSpan& place) {
    if (value->where.line == 0) value->where = place;
  }
  std::vector<std::string> Keys(int length) {
    std::vector<std::string> keys;
    for (lua_pushnil(lua_); lua_next(lua_, -2) != 0; lua_pop(lua_, 1)) {
      if (lua_type(lua_, -2) == LUA_TSTRING) {
        size_t size = 0;
        const char* text = lua_tolstring(lua_, -2, &size);
        keys.emplace_back(text, size);
        not_utf8_ |= !IsUtf8(keys.back());
        nodes_ += static_cast<int>(size / kNodeBytes);
        continue;
      }
      const double number = lua_type(lua_, -2) == LUA_TNUMBER ? lua_tonumber(lua_, -2) : 0.5;
      if (number != std::floor(number) || number < 1 || number > length)
        bad_key_ = lua_typename(lua_, lua_type(lua_, -2));
    }
    return keys;
  }

  lua_State* lua_;
  const std::vector<std::unique_ptr<ScriptUnit>>& units_;
  std::vector<int>* function_ids_;
  int functions_, known_ = 0, nodes_ = 0;
  bool too_big_ = false, not_utf8_ = false;
  std::string bad_key_;
};

}  // namespace

Result<LuaValue> LuaHost::ReadValue(const std::vector<std::unique_ptr<ScriptUnit>>& units,
                                    std::vector<int>* function_ids) {
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, prelude_ref_);
  lua_insert(lua_, -2);
  const int value_index = lua_gettop(lua_);
  ValueReader reader(lua_, value_index - 1, functions_ref_, units, function_ids);
  lua_pushvalue(lua_, value_index);
  LuaValue value = reader.Read(0);
  lua_settop(lua_, value_index - 2);
  if (reader.too_big()) {
    Diagnostic d =
        MakeError("R026", "the returned table is too deep, too large, or contains itself");
    d.where.file = units[0]->path;
    return Fail(std::move(d));
  }
  if (reader.not_utf8()) {
    Diagnostic d = MakeError("R021", "a text in the returned table is not UTF-8",
                             {"save the script as UTF-8; write text, not bytes"});
    d.where.file = units[0]->path;
    return Fail(std::move(d));
  }
  if (!reader.bad_key().empty()) {
    Diagnostic d =
        MakeError("R021",
                  fmt::format("a table in the script has a {} as key, or gaps in its array part",
                              reader.bad_key()),
                  {"use names as keys, and arrays without gaps"});
    d.where.file = units[0]->path;
    return Fail(std::move(d));
  }
  return value;
}

}  // namespace carrot
