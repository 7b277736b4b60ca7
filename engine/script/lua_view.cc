#include "engine/script/lua_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/suggest.h"
#include "engine/script/lua_script.h"

namespace carrot {
namespace {

nlohmann::json NumberJson(double x) {
  if (std::isinf(x)) return x > 0 ? "inf" : "-inf";
  if (std::isnan(x)) return "nan";
  if (x == std::floor(x) && std::abs(x) < 9e15) return static_cast<int64_t>(x);
  return x;
}

nlohmann::json TableJson(const LuaValue& value, LuaJsonOptions options) {
  if (value.entries.empty() && value.tag.empty() && !options.array_as_object) {
    auto list = nlohmann::json::array();
    for (const auto& item : value.array) {
      if (!item.is_function() || options.keep_functions) list.push_back(ToJson(item, options));
    }
    return list;
  }
  auto object = nlohmann::json::object();
  if (!value.tag.empty()) object["$"] = value.tag;
  for (size_t i = 0; i < value.array.size(); ++i) {
    if (value.array[i].is_function() && !options.keep_functions) continue;
    object[std::to_string(i + 1)] = ToJson(value.array[i], options);
  }
  for (const auto& entry : value.entries) {
    if (entry.value.is_function() && !options.keep_functions) continue;
    object[entry.key] = ToJson(entry.value, options);
  }
  return object;
}

}  // namespace

const LuaEntry* LuaValue::FindEntry(std::string_view key) const {
  for (const auto& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

const LuaValue* LuaValue::Find(std::string_view key) const {
  const LuaEntry* entry = FindEntry(key);
  return entry == nullptr ? nullptr : &entry->value;
}

const char* Name(LuaValue::Kind kind) {
  switch (kind) {
    case LuaValue::Kind::kNil:
      return "nil";
    case LuaValue::Kind::kBool:
      return "boolean";
    case LuaValue::Kind::kNumber:
      return "number";
    case LuaValue::Kind::kString:
      return "string";
    case LuaValue::Kind::kTable:
      return "table";
    case LuaValue::Kind::kFunction:
      return "function";
  }
  return "";
}

nlohmann::json ToJson(const LuaValue& value, LuaJsonOptions options) {
  switch (value.kind) {
    case LuaValue::Kind::kNil:
      return nullptr;
    case LuaValue::Kind::kBool:
      return value.boolean;
    case LuaValue::Kind::kNumber:
      return NumberJson(value.number);
    case LuaValue::Kind::kString:
      return value.string;
    case LuaValue::Kind::kTable:
      return TableJson(value, options);
    case LuaValue::Kind::kFunction:
      return {{"$function", value.function}};
  }
  return nullptr;
}

TableReader::TableReader(const LuaValue& table, std::string what, const LuaScript& script,
                         Diagnostics* errors)
    : table_(table), what_(std::move(what)), script_(script), errors_(errors) {
  if (!table.is_table()) {
    ok_ = false;
    errors_->push_back(script_.ErrorAt(
        "R021", fmt::format("{} must be a table, not a {}", what_, carrot::Name(table.kind)),
        table.where));
  }
}

void TableReader::Error(const std::string& code, const std::string& message, const std::string& key,
                        std::vector<std::string> help) {
  ok_ = false;
  SourceSpan where = table_.where;
  if (const LuaEntry* entry = table_.FindEntry(key)) {
    if (entry->where.line > 0) where = entry->where;
  }
  errors_->push_back(script_.ErrorAt(code, message, std::move(where), std::move(help)));
}

void TableReader::Missing(const std::string& key, const std::string& hint) {
  ok_ = false;
  if (!finished_) {
    missing_.emplace_back(key, hint);
    return;
  }
  Error("R022", fmt::format("{} has no `{}`", what_, key), "", {fmt::format("add {}", hint)});
}

const LuaValue* TableReader::Any(const std::string& key) {
  known_.push_back(key);
  return table_.Find(key);
}

const LuaValue* TableReader::Typed(const std::string& key, LuaValue::Kind kind,
                                   const char* expected) {
  const LuaValue* value = Any(key);
  if (value == nullptr || value->kind == kind) return value;
  Error("R021",
        fmt::format("`{}` of {} must be {}, not a {}", key, what_, expected,
                    carrot::Name(value->kind)),
        key);
  return nullptr;
}

bool TableReader::Number(const std::string& key, double* out) {
  const LuaValue* value = Typed(key, LuaValue::Kind::kNumber, "a number");
  if (value != nullptr) *out = value->number;
  return value != nullptr;
}

bool TableReader::Integer(const std::string& key, int* out) {
  double number = 0;
  if (!Number(key, &number)) return false;
  if (number != std::floor(number) || std::abs(number) > 2e9) {
    Error("R021", fmt::format("`{}` of {} must be a whole number, not {}", key, what_, number),
          key);
    return false;
  }
  *out = static_cast<int>(number);
  return true;
}

bool TableReader::Bool(const std::string& key, bool* out) {
  const LuaValue* value = Typed(key, LuaValue::Kind::kBool, "true or false");
  if (value != nullptr) *out = value->boolean;
  return value != nullptr;
}

bool TableReader::String(const std::string& key, std::string* out) {
  const LuaValue* value = Typed(key, LuaValue::Kind::kString, "a text");
  if (value != nullptr) *out = value->string;
  return value != nullptr;
}

bool TableReader::Strings(const std::string& key, std::vector<std::string>* out) {
  const LuaValue* value = Any(key);
  if (value == nullptr) return false;
  std::vector<std::string> list;
  if (value->is_string()) list.push_back(value->string);
  for (const auto& item : value->array) {
    if (item.is_string()) list.push_back(item.string);
  }
  const bool array =
      value->is_table() && value->entries.empty() && list.size() == value->array.size();
  if (!value->is_string() && !array) {
    Error("R021", fmt::format("`{}` of {} must be a text or a list of texts", key, what_), key);
    return false;
  }
  *out = std::move(list);
  return true;
}

bool TableReader::Numbers(const std::string& key, std::vector<double>* out) {
  const LuaValue* value = Any(key);
  if (value == nullptr) return false;
  std::vector<double> list;
  if (value->is_number()) list.push_back(value->number);
  for (const auto& item : value->array) {
    if (item.is_number()) list.push_back(item.number);
  }
  const bool array =
      value->is_table() && value->entries.empty() && list.size() == value->array.size();
  if (!value->is_number() && !array) {
    Error("R021", fmt::format("`{}` of {} must be a number or a list of numbers", key, what_), key);
    return false;
  }
  *out = std::move(list);
  return true;
}

const LuaValue* TableReader::Table(const std::string& key) {
  return Typed(key, LuaValue::Kind::kTable, "a table");
}

const LuaValue* TableReader::Function(const std::string& key) {
  return Typed(key, LuaValue::Kind::kFunction, "a function");
}

const LuaValue* TableReader::Item(int index) {
  known_items_ = std::max(known_items_, index);
  return index <= static_cast<int>(table_.array.size()) ? &table_.array[index - 1] : nullptr;
}

const std::vector<LuaValue>& TableReader::Items() {
  known_items_ = static_cast<int>(table_.array.size());
  return table_.array;
}

void TableReader::Finish() {
  for (const auto& entry : table_.entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    std::vector<std::string> help;
    const std::string nearest = Suggest(entry.key, known_);
    if (!nearest.empty()) help.push_back(fmt::format("did you mean `{}`?", nearest));
    std::erase_if(missing_, [&](const auto& missing) { return missing.first == nearest; });
    help.push_back(fmt::format("{} knows: {}", what_, fmt::join(known_, ", ")));
    Error("R020", fmt::format("{} has an unknown key `{}`", what_, entry.key), entry.key,
          std::move(help));
  }
  finished_ = true;
  for (const auto& [key, hint] : missing_) Missing(key, hint);
  missing_.clear();
  if (static_cast<int>(table_.array.size()) > known_items_) {
    const LuaValue& extra = table_.array[known_items_];
    ok_ = false;
    errors_->push_back(script_.ErrorAt(
        "R020", fmt::format("{} has an item without a name that it does not expect", what_),
        extra.where));
  }
}

}  // namespace carrot
