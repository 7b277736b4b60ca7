// A reward's declarations as JSON: what `carrot describe --json`, editors and prompts read.
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/core/observed_memory.h"
#include "rewards/host/lua_reward.h"
#include "rewards/host/schedule_reader.h"

namespace carrot {
namespace {

using nlohmann::json;

json TermJson(const RewardTermSpec& term) {
  json item = {{"name", term.name},
               {"weight", term.weight},
               {"kind", Name(term.kind)},
               {"doc", term.doc},
               {"unit", term.unit}};
  if (term.range_low && term.range_high) item["range"] = {*term.range_low, *term.range_high};
  return item;
}

json ParamJson(const ParamSpec& param) {
  json item = {
      {"name", param.name}, {"value", param.value}, {"unit", param.unit}, {"doc", param.doc}};
  if (std::isfinite(param.low)) item["min"] = param.low;
  if (std::isfinite(param.high)) item["max"] = param.high;
  return item;
}

// In the order in which they act; "for" says whether a stage changes `reward` or only what the
// learner learns from.
json StagesJson(const RewardSpec& spec) {
  json stages = json::array();
  for (const RewardStage& stage : spec.stages) {
    json item = {{"stage", Name(stage.kind)}, {"for", "reward"}};
    if (stage.kind == RewardStage::Kind::kClip) {
      item["low"] = stage.a;
      item["high"] = stage.b;
    } else {
      item["scale"] = stage.a;
      item["references"] = stage.references;
    }
    stages.push_back(std::move(item));
  }
  const LearnStages& learn = spec.learn;
  if (learn.cap) stages.push_back({{"stage", "cap"}, {"for", "learner"}, {"eta", *learn.cap}});
  if (learn.delta) stages.push_back({{"stage", "delta"}, {"for", "learner"}});
  if (learn.normalize) {
    stages.push_back({{"stage", "normalize"},
                      {"for", "learner"},
                      {"on", *learn.normalize},
                      {"clip", learn.normalize_clip}});
  }
  return stages;
}

}  // namespace

json DescribeReward(const RewardFunction& reward, const TaskSpec& task) {
  const RewardSpec& spec = reward.spec();
  json out = {{"name", spec.name},         {"doc", spec.doc},
              {"path", spec.path},         {"hash", spec.hash},
              {"task", task.name},         {"combine", Name(spec.combine)},
              {"shape", StagesJson(spec)}, {"potential", spec.has_potential}};
  if (spec.has_potential) out["potential_weight"] = spec.potential_weight;
  for (const char* key : {"terms", "params", "memory", "derive", "fields_read", "modules"}) {
    out[key] = json::array();
  }
  for (const auto& term : spec.terms) out["terms"].push_back(TermJson(term));
  for (const auto& param : spec.params) out["params"].push_back(ParamJson(param));
  const size_t declared = spec.memory.size() - spec.num_derived;
  for (size_t i = 0; i < spec.memory.size(); ++i) {
    const MemorySpec& entry = spec.memory[i];
    if (i >= declared) {  // derived values are kept behind the declared entries
      out["derive"].push_back(entry.name);
    } else {
      out["memory"].push_back({{"name", entry.name}, {"size", entry.size}});
      if (!entry.states.empty()) out["memory"].back()["states"] = entry.states;
    }
  }
  for (int field : spec.fields_read) out["fields_read"].push_back(task.state[field].name);
  for (const auto& [name, source] : spec.modules) out["modules"].push_back(name);
  out["observe"] = ObservedNames(spec);
  out["schedule"] = ScheduleJson(spec);
  out["mute"] = spec.mutes;
  return out;
}

}  // namespace carrot
