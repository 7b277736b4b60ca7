// Reads a task{...} table into plain declarations; knows nothing of worlds or of running anything.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/core/task.h"
#include "engine/script/declarations.h"
#include "engine/script/lua_script.h"

namespace carrot {

// A value that is a Lua function or the name of a field.
struct FunctionOrField {
  int function = -1;
  std::string field;
  SourceSpan where;
};

struct DerivedField {
  FieldSpec spec;
  int function = -1;
  SourceSpan where;
};

struct ObservationDecl {
  std::string field;  // with an optional slice
  double clip = 0, scale = 1;
  std::vector<int> one_hot;
  SourceSpan where;
};

struct TaskDecl {
  std::string doc, default_reward;
  std::vector<std::string> aliases;
  int horizon = 0;
  std::string world_kind;
  nlohmann::json world_options, world_fields = nlohmann::json::array(),
                                reset = nlohmann::json::array();
  SourceSpan world_where;
  std::vector<std::pair<std::string, SourceSpan>>
      field_places;  // of source fields, for world errors
  std::vector<ParamSpec> params;
  std::vector<DerivedField> derived;
  std::vector<ObservationDecl> observation;
  std::vector<std::pair<std::string, FunctionOrField>> termination;
  FunctionOrField success;
  std::string success_doc;
  SuccessWhen success_when = SuccessWhen::kEnd;
  MemoryDecl memory;
  std::vector<MetricSpec> metrics;
  std::vector<FunctionOrField> metric_values;
};

// Functions that a task.lua may call; world kinds come from the registry.
std::vector<std::string> TaskMakers(const std::vector<std::string>& world_kinds);

// Collects every mistake in the table.
Result<TaskDecl> ReadTask(const LuaValue& value, const LuaScript& script,
                          const std::vector<std::string>& world_kinds);

// asset "gymnasium:envs/mujoco/assets/hopper.xml" -> a full path. T005 unknown package, T006 not
// there.
Result<std::string> ResolveAsset(const std::string& name);

}  // namespace carrot
