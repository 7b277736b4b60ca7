#include "envs/task/task_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/base/paths.h"
#include "engine/base/suggest.h"
#include "engine/script/lua_view.h"

namespace carrot {
namespace {

// Arguments of the distributions in `reset`, by position.
struct DistMaker {
  const char* name;
  std::vector<const char*> arguments;
};
const std::vector<DistMaker>& DistMakers() {
  static const std::vector<DistMaker> makers = {
      {"uniform", {"low", "high"}},
      {"normal", {"std"}},
      {"constant", {"value"}},
      {"disk", {"radius"}},
      {"box_outside", {"low", "high", "min_norm"}},
  };
  return makers;
}

constexpr std::pair<const char*, MetricOver> kOver[] = {{"last", MetricOver::kLast},
                                                        {"mean", MetricOver::kMean},
                                                        {"max", MetricOver::kMax},
                                                        {"min", MetricOver::kMin},
                                                        {"sum", MetricOver::kSum}};

class Reader {
 public:
  Reader(const LuaScript& script, const std::vector<std::string>& kinds)
      : script_(script), kinds_(kinds) {}

  Result<TaskDecl> Read(const LuaValue& value) {
    if (value.tag != "task") {
      return Fail(script_.ErrorAt("T008", "a task file must return task {...} or tasks {...}",
                                  value.where, {"write `return task { ... }`"}));
    }
    TableReader r(value, "task", script_, &errors_);
    if (!r.String("doc", &decl_.doc)) r.Missing("doc", "say in one sentence what is to be done");
    r.Strings("alias", &decl_.aliases);
    if (!r.Integer("horizon", &decl_.horizon)) {
      r.Missing("horizon", "steps until the episode is truncated; 0 for no limit");
    } else if (decl_.horizon < 0) {
      r.Error("T008", "horizon must not be negative", "horizon");
    }
    r.String("reward", &decl_.default_reward);
    ReadWorld(r.Table("world"), r);
    decl_.params = ReadParams(r.Table("params"), script_, &errors_);
    ForEach(r.Table("fields"), [&](const LuaEntry& e) { ReadField(e); });
    ReadObservation(r.Table("observation"), r);
    ForEach(r.Table("reset"), [&](const LuaEntry& e) { ReadReset(e); });
    ForEach(r.Table("termination"), [&](const LuaEntry& e) {
      decl_.termination.emplace_back(e.key, Value(e.value, "termination `" + e.key + "`"));
    });
    ReadSuccess(r.Table("success"), r);
    ForEach(r.Table("metrics"), [&](const LuaEntry& e) { ReadMetric(e); });
    r.Finish();
    if (HasError(errors_)) return Fail(MistypedFirst(std::move(errors_)));
    return std::move(decl_);
  }

 private:
  template <typename Body>
  void ForEach(const LuaValue* table, Body body) {
    if (table == nullptr) return;
    for (const LuaEntry& entry : table->entries) body(entry);
  }

  void Error(const std::string& code, std::string message, const SourceSpan& where,
             std::vector<std::string> help = {}) {
    errors_.push_back(script_.ErrorAt(code, std::move(message), where, std::move(help)));
  }

  FunctionOrField Value(const LuaValue& value, const std::string& what) {
    FunctionOrField result{.where = value.where};
    if (value.is_function()) {
      result.function = value.function;
    } else if (value.is_string()) {
      result.field = value.string;
    } else {
      Error("R021",
            fmt::format("{} must be a function or the name of a field, not a {}", what,
                        Name(value.kind)),
            value.where);
    }
    return result;
  }

  // The first array item or the entry `fn` of a table like { "x_velocity", over = "mean" }.
  FunctionOrField ValueOf(TableReader& r, const LuaValue& table, const std::string& what) {
    const LuaValue* name = r.Item(1);
    const LuaValue* fn = r.Function("fn");
    if ((name != nullptr) == (fn != nullptr)) {
      Error("R022",
            fmt::format("{} needs either the name of a field or fn = function(s) ... end", what),
            table.where);
      return {};
    }
    return Value(name != nullptr ? *name : *fn, what);
  }

  // `asset "x"` becomes a path; everything else stays as it is.
  LuaValue WithAssets(const LuaValue& value) {
    LuaValue copy = value;
    if (value.tag == "asset" && value.array.size() == 1 && value.array[0].is_string()) {
      copy = value.array[0];
      auto path = ResolveAsset(copy.string);
      if (path) {
        copy.string = *path;
      } else {
        for (Diagnostic& d : path.error()) Error(d.code, d.message, value.where, d.help);
      }
      return copy;
    }
    for (auto& item : copy.array) item = WithAssets(item);
    for (auto& entry : copy.entries) entry.value = WithAssets(entry.value);
    return copy;
  }

  void ReadWorld(const LuaValue* world, TableReader& r) {
    if (world == nullptr) {
      r.Missing("world", fmt::format("one of {} {{...}}", fmt::join(kinds_, ", ")));
      return;
    }
    decl_.world_kind = world->tag;
    decl_.world_where = world->where;
    if (std::find(kinds_.begin(), kinds_.end(), world->tag) == kinds_.end()) {
      r.Error("T008", "`world` must be made by one of the worlds", "world",
              {fmt::format("write world = {} {{ ... }}", kinds_.empty() ? "mujoco" : kinds_[0])});
      return;
    }
    const LuaValue resolved = WithAssets(*world);
    decl_.world_options = nlohmann::json::object();
    for (size_t i = 0; i < resolved.array.size(); ++i) {
      decl_.world_options[std::to_string(i + 1)] = ToJson(resolved.array[i]);
    }
    for (const auto& entry : resolved.entries) {
      decl_.world_options[entry.key] = ToJson(entry.value);
    }
  }

  void ReadField(const LuaEntry& entry) {
    const std::string what = "field `" + entry.key + "`";
    if (entry.value.is_string()) {
      decl_.world_fields.push_back({{"name", entry.key}, {"source", entry.value.string}});
      decl_.field_places.emplace_back(entry.key, entry.where);
      return;
    }
    TableReader r(entry.value, what, script_, &errors_);
    const LuaValue* source = r.Item(1);
    const LuaValue* fn = r.Function("fn");
    if ((source != nullptr) == (fn != nullptr)) {
      Error("R022",
            fmt::format("{} needs either a source string or fn = function(s) ... end", what),
            entry.where);
      return;
    }
    if (source != nullptr) {
      if (!source->is_string()) {
        Error("R021", fmt::format("the source of {} must be a string", what), source->where);
        return;
      }
      nlohmann::json field = {{"name", entry.key}, {"source", source->string}};
      for (const auto& attribute : entry.value.entries) {
        r.Any(attribute.key);
        field[attribute.key] = ToJson(attribute.value);
      }
      for (const auto& attribute : entry.value.entries) CheckAttribute(attribute, what);
      decl_.world_fields.push_back(std::move(field));
      decl_.field_places.emplace_back(entry.key, entry.where);
      return;
    }
    ReadDerived(entry, *fn, r);
    r.Finish();
  }

  void CheckAttribute(const LuaEntry& attribute, const std::string& what) {
    static const std::vector<std::string> known = {"unit", "doc",   "role", "names",
                                                   "clip", "dtype", "min",  "max"};
    if (std::find(known.begin(), known.end(), attribute.key) != known.end()) return;
    const std::string nearest = Suggest(attribute.key, known);
    Error("R020", fmt::format("{} has no attribute `{}`", what, attribute.key), attribute.where,
          {nearest.empty() ? fmt::format("known: {}", fmt::join(known, ", "))
                           : fmt::format("did you mean `{}`?", nearest)});
  }

  void ReadDerived(const LuaEntry& entry, const LuaValue& fn, TableReader& r) {
    DerivedField field{.function = fn.function, .where = entry.where};
    field.spec.name = entry.key;
    field.spec.role = FieldRole::kDerived;
    std::string dtype = "f64", unit;
    r.String("dtype", &dtype);
    r.String("unit", &unit);
    r.String("doc", &field.spec.doc);
    r.Strings("names", &field.spec.names);
    r.Number("min", &field.spec.low);
    r.Number("max", &field.spec.high);
    int size = 0;
    r.Integer("size", &size);
    if (size == 0) size = static_cast<int>(field.spec.names.size());
    if (size > 0) field.spec.shape = {size};
    for (size_t begin = 0; !unit.empty() && begin <= unit.size();) {
      const size_t comma = std::min(unit.find(',', begin), unit.size());
      field.spec.units.push_back(unit.substr(begin, comma - begin));
      begin = comma + 1;
    }
    if (auto parsed = DTypeFromName(dtype)) {
      field.spec.dtype = *parsed;
      if (*parsed == DType::kBool) field.spec.role = FieldRole::kFlag;
    } else {
      for (auto& d : parsed.error()) r.Error(d.code, d.message, "dtype", d.help);
    }
    decl_.derived.push_back(std::move(field));
  }

  void ReadObservation(const LuaValue* list, TableReader& task) {
    if (list == nullptr || list->array.empty()) {
      task.Missing("observation", "the policy's input: field names in order");
      return;
    }
    for (const LuaValue& item : list->array) {
      ObservationDecl decl{.where = item.where};
      if (item.is_string()) {
        decl.field = item.string;
      } else {
        TableReader r(item, "observation item", script_, &errors_);
        const LuaValue* name = r.Item(1);
        if (name != nullptr && name->is_string()) decl.field = name->string;
        if (decl.field.empty()) {
          Error("R022", "an observation item needs the name of a field first", item.where,
                {"write { \"qvel\", clip = 10 }"});
        }
        r.Number("clip", &decl.clip);
        r.Number("scale", &decl.scale);
        std::vector<double> one_hot;
        r.Numbers("one_hot", &one_hot);
        decl.one_hot.assign(one_hot.begin(), one_hot.end());
        r.Finish();
      }
      decl_.observation.push_back(std::move(decl));
    }
  }

  void ReadReset(const LuaEntry& entry) {
    nlohmann::json draw = {{"target", entry.key}};
    const LuaValue& value = entry.value;
    if (value.is_number()) {
      draw["dist"] = "constant";
      draw["value"] = value.number;
      decl_.reset.push_back(std::move(draw));
      return;
    }
    const auto& makers = DistMakers();
    auto maker = std::find_if(makers.begin(), makers.end(),
                              [&](const DistMaker& m) { return value.tag == m.name; });
    if (maker == makers.end()) {
      Error("T009", fmt::format("reset of `{}` must be a number or a distribution", entry.key),
            entry.where, {"write uniform(-0.1, 0.1), normal(0.1), constant(0), disk(0.2)"});
      return;
    }
    draw["dist"] = value.tag;
    if (value.array.size() > maker->arguments.size()) {
      Error("T009", fmt::format("{} takes {} argument(s)", value.tag, maker->arguments.size()),
            value.where);
      return;
    }
    for (size_t i = 0; i < value.array.size(); ++i) {
      draw[maker->arguments[i]] = ToJson(value.array[i]);
    }
    for (const auto& e : value.entries) draw[e.key] = ToJson(e.value);
    decl_.reset.push_back(std::move(draw));
  }

  void ReadSuccess(const LuaValue* table, TableReader& task) {
    if (table == nullptr) {
      task.Missing("success", "success = { fn = function(s) ... end, when = \"end\", doc = ... }");
      return;
    }
    TableReader r(*table, "success", script_, &errors_);
    decl_.success = ValueOf(r, *table, "success");
    if (!r.String("doc", &decl_.success_doc)) {
      r.Missing("doc", "the predicate in words; it is printed with every success rate");
    }
    std::string when = "end";
    r.String("when", &when);
    if (when != "end" && when != "any") {
      r.Error("T008", fmt::format("`when` is \"end\" or \"any\", not \"{}\"", when), "when");
    }
    decl_.success_when = when == "any" ? SuccessWhen::kAny : SuccessWhen::kEnd;
    decl_.memory = ReadMemory(r.Table("memory"), script_, &errors_);
    r.Finish();
  }

  void ReadMetric(const LuaEntry& entry) {
    MetricSpec metric{.name = entry.key};
    TableReader r(entry.value, "metric `" + entry.key + "`", script_, &errors_);
    decl_.metric_values.push_back(ValueOf(r, entry.value, "metric `" + entry.key + "`"));
    std::string over = "last";
    r.String("over", &over);
    r.String("unit", &metric.unit);
    r.String("doc", &metric.doc);
    const auto* found = std::find_if(std::begin(kOver), std::end(kOver),
                                     [&](const auto& o) { return over == o.first; });
    if (found == std::end(kOver)) {
      r.Error("T008", fmt::format("`over` is last, mean, max, min or sum, not \"{}\"", over),
              "over");
    } else {
      metric.over = found->second;
    }
    r.Finish();
    decl_.metrics.push_back(std::move(metric));
  }

  const LuaScript& script_;
  const std::vector<std::string>& kinds_;
  TaskDecl decl_;
  Diagnostics errors_;
};

}  // namespace

std::vector<std::string> TaskMakers(const std::vector<std::string>& world_kinds) {
  std::vector<std::string> makers = {"task", "tasks", "param", "asset"};
  for (const auto& dist : DistMakers()) makers.push_back(dist.name);
  makers.insert(makers.end(), world_kinds.begin(), world_kinds.end());
  return makers;
}

Result<TaskDecl> ReadTask(const LuaValue& value, const LuaScript& script,
                          const std::vector<std::string>& world_kinds) {
  return Reader(script, world_kinds).Read(value);
}

Result<std::string> ResolveAsset(const std::string& name) {
  const size_t colon = name.find(':');
  if (colon == std::string::npos) return (HomeFolder() / "assets" / name).string();
  const std::string package = name.substr(0, colon);
  if (package != "gymnasium") {
    return Fail(MakeError("T005", fmt::format("there is no asset package `{}`", package),
                          {"known: gymnasium; a path without `:` is looked up in assets/"}));
  }
  const auto path = DepsFolder() / "gymnasium" / "gymnasium" / name.substr(colon + 1);
  std::error_code ec;
  if (!std::filesystem::exists(path, ec)) {
    return Fail(MakeError("T006", fmt::format("asset `{}` is not there: {}", name, path.string()),
                          {"run ./carrot setup to fetch the model files, or check the name"}));
  }
  return path.string();
}

}  // namespace carrot
