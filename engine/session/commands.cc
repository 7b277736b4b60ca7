#include "engine/session/commands.h"

#include <fmt/format.h>

#include "engine/base/json_text.h"
#include "engine/base/suggest.h"

namespace carrot {

#define CARROT_COMMAND(Type, ...) NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Type, __VA_ARGS__)
#define CARROT_EMPTY_COMMAND(Type)                     \
  static void to_json(nlohmann::json&, const Type&) {} \
  static void from_json(const nlohmann::json&, Type&) {}

CARROT_COMMAND(UseReward, reward)
CARROT_EMPTY_COMMAND(ReloadReward)
CARROT_COMMAND(SetValue, name, value, drag)
CARROT_COMMAND(SetValues, values, why)
CARROT_COMMAND(ResetValue, name)
CARROT_COMMAND(ScaleGroup, prefix, factor, drag)
CARROT_COMMAND(SaveSnapshot, name)
CARROT_COMMAND(LoadSnapshot, index)
CARROT_COMMAND(RenameSnapshot, index, name)
CARROT_COMMAND(DeleteSnapshot, index)
CARROT_COMMAND(SetReference, index)
CARROT_COMMAND(Flip, on)
CARROT_COMMAND(MuteAlarm, code, reason)
CARROT_EMPTY_COMMAND(Undo)
CARROT_EMPTY_COMMAND(Redo)
CARROT_EMPTY_COMMAND(WriteScript)
CARROT_COMMAND(AddVariant, reward, snapshot)
CARROT_COMMAND(RemoveVariant, id)
CARROT_EMPTY_COMMAND(Play)
CARROT_EMPTY_COMMAND(Pause)
CARROT_COMMAND(SetSpeed, speed)
CARROT_COMMAND(StepBy, steps)
CARROT_COMMAND(Seek, trace, episode, step)
CARROT_COMMAND(SetPolicy, policy)
CARROT_COMMAND(Reset, seed)
CARROT_COMMAND(SetLoop, from, to)
CARROT_EMPTY_COMMAND(Branch)
CARROT_COMMAND(Perturb, body, turn, at, to, quat, mass)
CARROT_COMMAND(EditCell, x, y, cell)
CARROT_COMMAND(HumanAction, on, action)
CARROT_COMMAND(OpenRecording, path)
CARROT_COMMAND(Label, kind, value, text, from, to, other, other_trace, trace, episode, id)
CARROT_COMMAND(Unlabel, trace, id)
CARROT_COMMAND(SetErrorTypes, types)
CARROT_COMMAND(StartTrain, steps, seed)
CARROT_COMMAND(CancelJob, job)
CARROT_COMMAND(PauseJob, job, on)

namespace {

// By Command's index.
constexpr const char* kNames[] = {
    "UseReward",     "ReloadReward", "SetValue",      "SetValues",      "ResetValue",
    "ScaleGroup",    "SaveSnapshot", "LoadSnapshot",  "RenameSnapshot", "DeleteSnapshot",
    "SetReference",  "Flip",         "MuteAlarm",     "Undo",           "Redo",
    "WriteScript",   "AddVariant",   "RemoveVariant", "Play",           "Pause",
    "SetSpeed",      "StepBy",       "Seek",          "SetPolicy",      "Reset",
    "SetLoop",       "Branch",       "Perturb",       "EditCell",       "HumanAction",
    "OpenRecording", "Label",        "Unlabel",       "SetErrorTypes",  "StartTrain",
    "CancelJob",     "PauseJob"};
static_assert(std::size(kNames) == std::variant_size_v<Command>);

template <size_t I = 0>
Command Read(size_t index, const nlohmann::json& j) {
  if constexpr (I < std::variant_size_v<Command>) {
    if (index != I) return Read<I + 1>(index, j);
    return Command(std::in_place_index<I>, j.get<std::variant_alternative_t<I, Command>>());
  } else {
    return {};
  }
}

}  // namespace

nlohmann::ordered_json ToJson(const Command& command) {
  nlohmann::ordered_json out = {{"command", kNames[command.index()]}};
  nlohmann::json values = std::visit([](const auto& c) { return nlohmann::json(c); }, command);
  for (auto& [key, value] : values.items()) out[key] = value;
  return out;
}

Result<Command> CommandFromJson(const nlohmann::json& j) {
  if (!j.is_object() || !j.contains("command") || !j["command"].is_string()) {
    return Fail(MakeError("U022", "a command is an object with a `command`"));
  }
  const std::string name = j["command"];
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (name != kNames[i]) continue;
    try {  // nlohmann throws on a missing or wrong value; nothing leaves this function
      return Read(i, j);
    } catch (const nlohmann::json::exception& error) {
      return Fail(MakeError("U022", fmt::format("command {}: {}", name, JsonProblem(error))));
    }
  }
  Diagnostic error = MakeError("U022", fmt::format("there is no command `{}`", name));
  const std::vector<std::string> names(std::begin(kNames), std::end(kNames));
  if (auto near = Suggest(name, names); !near.empty())
    error.help = {"did you mean `" + near + "`?"};
  return Fail(std::move(error));
}

}  // namespace carrot
