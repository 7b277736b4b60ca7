#include "engine/trace/trace_spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/json_text.h"

namespace carrot {
namespace {

using nlohmann::json;

NpyType TypeOf(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return NpyType::kF8;
    case DType::kF32:
      return NpyType::kF4;
    case DType::kI32:
      return NpyType::kI4;
    case DType::kU8:
      return NpyType::kU1;
    case DType::kBool:
      return NpyType::kB1;
  }
  return NpyType::kF8;
}

constexpr DType kDTypes[] = {DType::kF64, DType::kF32, DType::kI32, DType::kU8, DType::kBool};
constexpr FieldRole kRoles[] = {FieldRole::kState, FieldRole::kPose,        FieldRole::kDerived,
                                FieldRole::kFlag,  FieldRole::kObservation, FieldRole::kActionMask};
constexpr std::pair<MetricOver, const char*> kOver[] = {{MetricOver::kLast, "last"},
                                                        {MetricOver::kMean, "mean"},
                                                        {MetricOver::kMax, "max"},
                                                        {MetricOver::kMin, "min"},
                                                        {MetricOver::kSum, "sum"}};

// JSON has no infinity: null is "no bound".
json Bound(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }
json Bounds(const std::vector<double>& values) {
  json list = json::array();
  for (double value : values) list.push_back(Bound(value));
  return list;
}
std::vector<double> BoundsFrom(const json& list, double infinite) {
  std::vector<double> values;
  for (const json& value : list) {
    values.push_back(value.is_null() ? infinite : value.get<double>());
  }
  return values;
}

json FieldToJson(const FieldSpec& field) {
  json out = {{"name", field.name},
              {"dtype", NumpyName(field.dtype)},
              {"shape", field.shape},
              {"role", Name(field.role)},
              {"doc", field.doc}};
  if (!field.names.empty()) out["names"] = field.names;
  if (field.units.size() == 1) out["unit"] = field.units[0];
  if (field.units.size() > 1) out["unit"] = field.units;
  if (std::isfinite(field.low) || std::isfinite(field.high)) {
    out["range"] = {Bound(field.low), Bound(field.high)};
  }
  return out;
}

FieldSpec FieldFromJson(const json& in) {
  FieldSpec field;
  field.name = in.at("name");
  const std::string dtype = in.at("dtype");
  const auto* found = std::find_if(std::begin(kDTypes), std::end(kDTypes),
                                   [&](DType d) { return dtype == NumpyName(d); });
  if (found == std::end(kDTypes)) {
    throw std::runtime_error(
        fmt::format("field `{}` has the unknown dtype \"{}\"", field.name, dtype));
  }
  field.dtype = *found;
  field.shape = in.at("shape").get<std::vector<int>>();
  for (int n : field.shape) {
    if (n <= 0) throw std::runtime_error(fmt::format("field `{}` has an empty shape", field.name));
  }
  const std::string role = in.value("role", "state");
  for (FieldRole r : kRoles) {
    if (role == Name(r)) field.role = r;
  }
  field.doc = in.value("doc", "");
  field.names = in.value("names", std::vector<std::string>{});
  if (in.contains("unit")) {
    const json& unit = in["unit"];
    field.units = unit.is_array() ? unit.get<std::vector<std::string>>()
                                  : std::vector<std::string>{unit.get<std::string>()};
  }
  if (in.contains("range")) {
    constexpr double kInf = std::numeric_limits<double>::infinity();
    field.low = BoundsFrom(in["range"], -kInf).at(0);
    field.high = BoundsFrom(in["range"], kInf).at(1);
  }
  return field;
}

json ActionToJson(const ActionSpec& action) {
  json out = {{"dtype", "<f8"}, {"shape", {action.size()}}, {"names", action.names}};
  if (action.kind == ActionSpec::Kind::kContinuous) {
    out["low"] = Bounds(action.low);
    out["high"] = Bounds(action.high);
  } else {
    out["choices"] = action.choices;
    out["choice_names"] = action.choice_names;
  }
  return out;
}

ActionSpec ActionFromJson(const json& in) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  ActionSpec action;
  action.names = in.value("names", std::vector<std::string>{});
  if (in.contains("choices")) {
    action.kind = ActionSpec::Kind::kDiscrete;
    action.choices = in["choices"].get<std::vector<int>>();
    action.choice_names = in.value("choice_names", std::vector<std::string>{});
  } else {
    action.low = BoundsFrom(in.at("low"), -kInf);
    action.high = BoundsFrom(in.at("high"), kInf);
  }
  return action;
}

json TermToJson(const RewardTermSpec& term) {
  json out = {{"name", term.name}, {"weight", term.weight}, {"kind", Name(term.kind)}};
  if (term.range_low && term.range_high) out["range"] = {*term.range_low, *term.range_high};
  if (!term.unit.empty()) out["unit"] = term.unit;
  if (!term.doc.empty()) out["doc"] = term.doc;
  return out;
}

RewardTermSpec TermFromJson(const json& in) {
  RewardTermSpec term;
  term.name = in.at("name");
  term.weight = in.at("weight");
  term.kind = TermKindFromName(in.value("kind", "dense")).value_or(TermKind::kDense);
  if (in.contains("range")) {
    term.range_low = in["range"].at(0).get<double>();
    term.range_high = in["range"].at(1).get<double>();
  }
  term.unit = in.value("unit", "");
  term.doc = in.value("doc", "");
  return term;
}

// May throw json or runtime errors; TraceSpecFromJson turns them into values.
TraceSpec Parse(const json& in) {
  TraceSpec spec;
  spec.task = in.at("task");
  spec.task_hash = in.at("task_hash");
  spec.reward = in.value("reward", "");
  spec.reward_hash = in.at("reward_hash");
  spec.build = in.value("build", "");
  spec.success = in.value("success", "");
  spec.gamma = in.at("gamma");
  spec.dt = in.at("dt");
  spec.horizon = in.at("horizon");
  spec.run_seed = in.at("run_seed");
  for (const json& field : in.at("fields")) spec.fields.push_back(FieldFromJson(field));
  spec.omitted = in.value("omitted", std::vector<std::string>{});
  spec.action = ActionFromJson(in.at("action"));
  for (const json& term : in.at("terms")) spec.terms.push_back(TermFromJson(term));
  for (const auto& [name, value] : in.at("params").items()) spec.params.emplace_back(name, value);
  for (const json& entry : in.at("memory")) {
    MemorySpec memory;
    memory.name = entry.at("name");
    memory.is_scalar = entry.at("shape").empty();
    memory.size = memory.is_scalar ? 1 : entry["shape"].at(0).get<int>();
    memory.states = entry.value("states", std::vector<std::string>{});
    memory.offset = spec.memory_width;
    spec.memory_width += memory.size;
    spec.memory.push_back(memory);
  }
  for (const json& entry : in.value("metrics", json::array())) {
    MetricSpec metric{entry.at("name"), entry.value("unit", ""), entry.value("doc", ""), {}};
    for (const auto& [over, name] : kOver) {
      if (entry.value("over", "last") == name) metric.over = over;
    }
    spec.metrics.push_back(metric);
  }
  spec.has_potential = in.contains("potential") && !in["potential"].is_null();
  if (spec.has_potential) spec.potential_weight = in["potential"];
  return spec;
}

tl::unexpected<Diagnostics> SpecError(const std::string& code, const std::string& file,
                                      std::string message, std::string help) {
  Diagnostic d = MakeError(code, std::move(message), {std::move(help)});
  d.where.file = file;
  return Fail(std::move(d));
}

void AddColumn(TraceLayout& layout, std::string file, NpyType type, std::vector<int64_t> shape) {
  TraceColumn column{std::move(file), type, std::move(shape), 1};
  for (int64_t n : column.shape) column.width *= static_cast<int>(n);
  layout.row_bytes += column.row_bytes();
  layout.columns.push_back(std::move(column));
}

}  // namespace

Result<TraceSpec> MakeTraceSpec(const TaskSpec& task, const RewardSpec* reward,
                                const TraceSpecOptions& options) {
  for (const std::string& name : options.record_fields) {
    if (task.state.Find(name) >= 0) continue;
    std::vector<std::string> help;
    if (const std::string nearest = task.state.Nearest(name); !nearest.empty()) {
      help.push_back(fmt::format("did you mean `{}`?", nearest));
    }
    help.push_back(fmt::format("fields: {}", fmt::join(task.state.Names(), ", ")));
    return Fail(MakeError(
        "U020", fmt::format("--record-fields: task `{}` has no field `{}`", task.name, name),
        std::move(help)));
  }
  TraceSpec spec;
  spec.task = task.name;
  spec.task_hash = task.hash;
  spec.build = options.build;
  spec.success = task.success_doc;
  spec.dt = task.world.dt;
  spec.horizon = task.horizon;
  spec.run_seed = options.run_seed;
  spec.action = task.world.action;
  spec.metrics = task.metrics;
  for (int f = 0; f < task.state.size(); ++f) {
    const FieldSpec& field = task.state[f];
    const auto& named = options.record_fields;
    const bool wanted =
        field.size() <= kAlwaysRecordedSize ||
        std::find(named.begin(), named.end(), field.name) != named.end() ||
        (reward != nullptr && std::find(reward->fields_read.begin(), reward->fields_read.end(),
                                        f) != reward->fields_read.end());
    if (wanted) {
      spec.fields.push_back(field);
    } else {
      spec.omitted.push_back(field.name);
    }
  }
  if (options.weights != nullptr) spec.gamma = options.weights->gamma;
  if (reward == nullptr) return spec;
  spec.reward = reward->name;
  spec.reward_hash = reward->hash;
  spec.terms = reward->terms;
  spec.memory = reward->memory;
  spec.memory_width = reward->memory_width;
  spec.has_potential = reward->has_potential;
  spec.potential_weight = reward->potential_weight;
  if (options.weights != nullptr) {
    spec.potential_weight = options.weights->potential;
    for (size_t k = 0; k < spec.terms.size(); ++k) {
      spec.terms[k].weight = options.weights->weights.at(k);
    }
  }
  for (size_t i = 0; i < reward->params.size(); ++i) {
    spec.params.emplace_back(reward->params[i].name,
                             options.params.empty() ? reward->params[i].value : options.params[i]);
  }
  return spec;
}

nlohmann::json ToJson(const TraceSpec& spec) {
  json fields = json::array(), terms = json::array(), memory = json::array();
  json metrics = json::array(), params = json::object();
  for (const auto& field : spec.fields) fields.push_back(FieldToJson(field));
  for (const auto& term : spec.terms) terms.push_back(TermToJson(term));
  for (const auto& [name, value] : spec.params) params[name] = value;
  for (const auto& entry : spec.memory) {
    memory.push_back({{"name", entry.name},
                      {"shape", entry.is_scalar ? json::array() : json::array({entry.size})}});
    if (!entry.states.empty()) memory.back()["states"] = entry.states;
  }
  for (const auto& metric : spec.metrics) {
    for (const auto& [over, name] : kOver) {
      if (over == metric.over) {
        metrics.push_back(
            {{"name", metric.name}, {"unit", metric.unit}, {"doc", metric.doc}, {"over", name}});
      }
    }
  }
  json out = {{"format", kTraceFormat},
              {"task", spec.task},
              {"task_hash", spec.task_hash},
              {"reward", spec.reward},
              {"reward_hash", spec.reward_hash},
              {"gamma", spec.gamma},
              {"dt", spec.dt},
              {"horizon", spec.horizon},
              {"run_seed", spec.run_seed},
              {"build", spec.build},
              {"fields", fields},
              {"omitted", spec.omitted},
              {"action", ActionToJson(spec.action)},
              {"terms", terms},
              {"params", params},
              {"memory", memory},
              {"metrics", metrics},
              {"success", spec.success}};
  out["potential"] = spec.has_potential ? json(spec.potential_weight) : json(nullptr);
  return out;
}

Result<TraceSpec> TraceSpecFromJson(const std::string& text, const std::string& file) {
  try {
    const json in = ParseJson<json>(text);
    const std::string format = in.at("format");
    if (format != kTraceFormat) {
      return SpecError("I004", file,
                       fmt::format("this recording is of format \"{}\", this program reads \"{}\"",
                                   format, kTraceFormat),
                       "open it with the version of Carrot that wrote it");
    }
    return Parse(in);
  } catch (const std::exception& error) {
    return SpecError(
        "I003", file,
        fmt::format("the description of this recording cannot be read: {}", JsonProblem(error)),
        "restore spec.json from a copy: without it the columns cannot be read");
  }
}

TraceLayout::TraceLayout(const TraceSpec& spec) {
  AddColumn(*this, "flags.npy", NpyType::kU1, {});
  action = size();
  AddColumn(*this, "action.npy", NpyType::kF8, {spec.action.size()});
  state = size();
  for (const auto& field : spec.fields) {
    AddColumn(*this, "state/" + field.name + ".npy", TypeOf(field.dtype),
              {field.shape.begin(), field.shape.end()});
  }
  memory = size();
  for (const auto& entry : spec.memory) {
    AddColumn(*this, "memory/" + entry.name + ".npy", NpyType::kF8,
              entry.is_scalar ? std::vector<int64_t>{} : std::vector<int64_t>{entry.size});
  }
  term = size();
  for (const auto& t : spec.terms) AddColumn(*this, "term/" + t.name + ".npy", NpyType::kF8, {});
  if (spec.has_potential) {
    phi = size();
    AddColumn(*this, "phi.npy", NpyType::kF8, {});
  }
  total = size();
  AddColumn(*this, "total.npy", NpyType::kF8, {});
  reward = size();
  AddColumn(*this, "reward.npy", NpyType::kF8, {});
  metric = size();
  for (const auto& m : spec.metrics)
    AddColumn(*this, "metric/" + m.name + ".npy", NpyType::kF8, {});
}

}  // namespace carrot
