// What task.lua asks of a grid, checked, and what the grid publishes.
#include <fmt/format.h>

#include "engine/base/hash.h"
#include "engine/base/json_text.h"
#include "engine/base/suggest.h"
#include "envs/grid/grid_rules.h"
#include "envs/grid/grid_world.h"

namespace carrot {
namespace {

FieldSpec Bytes(std::string name, std::vector<int> shape, int high, FieldRole role,
                std::string doc) {
  return {.name = std::move(name),
          .dtype = DType::kU8,
          .shape = std::move(shape),
          .low = 0,
          .high = static_cast<double>(high),
          .doc = std::move(doc),
          .role = role};
}

FieldSpec Position(std::string name, const GridShape& shape, FieldRole role, std::string doc) {
  FieldSpec field = Bytes(std::move(name), {2}, std::max(shape.width, shape.height) - 1, role, doc);
  field.names = {"x", "y"};
  field.units = {"cell"};
  return field;
}

FieldSpec Flag(std::string name, std::string doc) {
  FieldSpec field = Bytes(std::move(name), {}, 1, FieldRole::kFlag, std::move(doc));
  field.dtype = DType::kBool;
  return field;
}

std::vector<FieldSpec> LandmarkFields(const GridLandmark& landmark, const GridShape& shape) {
  const std::string& name = landmark.name;
  const char* carried = landmark.kind == LandmarkKind::kItem ? "; the agent's while carried" : "";
  std::vector<FieldSpec> fields = {Position(name + "_pos", shape, FieldRole::kState,
                                            fmt::format("where the {} is{}", name, carried))};
  if (landmark.kind == LandmarkKind::kDoor) {
    fields.push_back(Flag(name + "_open", fmt::format("the {} is open", name)));
  } else if (landmark.kind == LandmarkKind::kItem) {
    fields.push_back(Flag("has_" + name, fmt::format("the agent carries the {}", name)));
  }
  return fields;
}

// In the order in which GridWorld::Publish writes them.
Result<StateSpec> Fields(const GridGenerator& generator, const GridShape& shape) {
  std::vector<FieldSpec> fields = {
      Bytes("cells", {shape.height, shape.width}, 255, FieldRole::kPose,
            "codes of all cells, row by row (grid_codes.h)"),
      Position("agent_pos", shape, FieldRole::kPose, "where the agent is; y grows downward"),
      Bytes("direction", {}, 3, FieldRole::kPose, "0 right, 1 down, 2 left, 3 up"),
      Bytes("carrying", {}, 255, FieldRole::kPose, "code of what the agent carries; 1: nothing"),
      Bytes("image", {kGridView, kGridView, 3}, kGridObjects - 1, FieldRole::kObservation,
            "what the agent sees: column, row (it stands at 3, 6), object/colour/state"),
      Flag("at_goal", "the agent stands on a goal"),
      Flag("in_lava", "the agent stands in lava"),
  };
  for (const GridLandmark& landmark : generator.landmarks) {
    for (FieldSpec& field : LandmarkFields(landmark, shape)) fields.push_back(std::move(field));
  }
  StateSpec spec;
  for (FieldSpec& field : fields) CARROT_RETURN_IF_ERROR(spec.Add(std::move(field)));
  return spec;
}

Result<const GridGenerator*> FindGenerator(const nlohmann::json& options) {
  if (!options.is_object() || !options.contains("1") || !options["1"].is_string()) {
    return Fail(MakeError("T032", "`grid` needs the name of a generator",
                          {"e.g. world = grid { \"doorkey\", size = 8 }",
                           fmt::format("known: {}", fmt::join(GridGenerators().Names(), ", "))}));
  }
  return GridGenerators().Get(options["1"].get<std::string>(), "T032");
}

Result<int> ReadOption(const GridGenerator& generator, const GridOption& option,
                       const nlohmann::json& value) {
  const bool is_flag = option.low == 0 && option.high == 1;
  if (is_flag && value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (!is_flag && value.is_number()) {
    const double number = value.get<double>();
    if (number >= option.low && number <= option.high && number == static_cast<int>(number)) {
      return static_cast<int>(number);
    }
  }
  const std::string want =
      is_flag ? "true or false"
              : fmt::format("a whole number from {} to {}", option.low, option.high);
  return Fail(MakeError("T031", fmt::format("`{} = {}` of grid \"{}\" is not {}", option.name,
                                            JsonText(value), generator.name, want)));
}

Result<std::vector<int>> ReadOptions(const GridGenerator& generator, const WorldRequest& request) {
  std::vector<std::string> known = {"1"};
  for (const GridOption& option : generator.options) known.push_back(option.name);
  CARROT_RETURN_IF_ERROR(CheckPlainRequest(request, "grid \"" + generator.name + "\"", known));
  std::vector<int> values;
  for (const GridOption& option : generator.options) {
    int value = option.value;
    if (const auto given = request.options.find(option.name); given != request.options.end()) {
      CARROT_ASSIGN_OR_RETURN(value, ReadOption(generator, option, *given));
    }
    values.push_back(value);
  }
  return values;
}

class GridModel final : public WorldModel {
 public:
  GridModel(WorldSpec spec, const GridGenerator& generator, std::vector<int> options)
      : generator_(generator), options_(std::move(options)) {
    spec_ = std::move(spec);
  }
  std::unique_ptr<World> NewWorld(int num_envs) const override {
    return std::make_unique<GridWorld>(generator_, options_, num_envs);
  }

 private:
  const GridGenerator& generator_;
  std::vector<int> options_;
};

}  // namespace

Result<std::shared_ptr<const WorldModel>> MakeGridModel(const WorldRequest& request) {
  CARROT_ASSIGN_OR_RETURN(const GridGenerator* generator, FindGenerator(request.options));
  CARROT_ASSIGN_OR_RETURN(std::vector<int> options, ReadOptions(*generator, request));
  WorldSpec spec;
  spec.kind = "grid";
  CARROT_ASSIGN_OR_RETURN(spec.state, Fields(*generator, generator->shape(options)));
  spec.action = {.kind = ActionSpec::Kind::kDiscrete,
                 .names = {"move"},
                 .choices = {kGridActions},
                 .choice_names = {"left", "right", "forward", "pickup", "drop", "toggle", "done"}};
  spec.model_hash = HashHex(fmt::format("grid-1 {} {}", generator->name, fmt::join(options, " ")));
  return std::make_shared<const GridModel>(std::move(spec), *generator, std::move(options));
}

}  // namespace carrot
