// Commands: everything that a front end can ask of a Session. Plain structs, JSON both ways, so
// that a session that was driven by hand can be replayed from its commands.jsonl.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/result.h"

namespace carrot {

// --- reward
// -------------------------------------------------------------------------------------------
struct UseReward {
  std::string reward;  // a name or a path, as OpenReward takes it
};
struct ReloadReward {};  // reads the script again, as a save does
// A value of the tuning: "w:TERM", "w:potential" or "p:PARAM". The changes of one drag (`drag` true
// but for the last) are one step of undo.
struct SetValue {
  std::string name;
  double value = 0;
  bool drag = false;
};
struct SetValues {  // several at once: one step of undo, called `why`
  std::map<std::string, double> values;
  std::string why;
};
struct ResetValue {  // to the script's own
  std::string name;
};
struct ScaleGroup {  // multiplies the weights of all terms whose name begins with `prefix`
  std::string prefix;
  double factor = 1;
  bool drag = false;
};
struct SaveSnapshot {
  std::string name;
};
struct LoadSnapshot {
  int index = 0;
};
struct RenameSnapshot {
  int index = 0;
  std::string name;
};
struct DeleteSnapshot {
  int index = 0;
};
struct SetReference {  // what Flip shows; -1: the script's own values
  int index = -1;
};
struct Flip {  // while on, the reference is in use instead of the tuning
  bool on = false;
};
// Of the script in use, by a lint's or an alarm's code; kept in the session. "": judged again.
struct MuteAlarm {
  std::string code, reason;
};
struct Undo {};
struct Redo {};
struct WriteScript {};  // the tuned values into the script's declarations

// Another reward to compare with: a name or a path, or (`snapshot` 0 or more) a snapshot. Read and
// scored once, and again when a recording is opened.
struct AddVariant {
  std::string reward;
  int snapshot = -1;
};
struct RemoveVariant {
  int id = 0;
};

// --- clock and world
// ----------------------------------------------------------------------------------
struct Play {};
struct Pause {};
struct SetSpeed {
  double speed = 1;  // of real time; 0: as fast as it goes
};
struct StepBy {
  int steps = 1;  // negative: back
};
// Trace -1 is the live world; `episode` counts TraceView::episodes. -1 keeps what it is.
struct Seek {
  int trace = -1;
  int episode = -1;
  int step = -1;
};
struct SetPolicy {
  std::string policy;  // as Actor::Load takes it
};
struct Reset {
  int64_t seed = -1;  // of the episode; -1: the next one
};
// Playing goes round within these steps of the shown episode of a recording; -1: not any more.
struct SetLoop {
  int from = -1, to = -1;
};
struct Branch {};  // the live world goes on from where the clock stands
// A hand on a body of the live world (BodyPull of engine/core/interactive_world.h), held until one
// with body 0.
struct Perturb {
  int body = 0;
  bool turn = false;
  std::vector<double> at, to, quat;  // 3, 3 and 4 numbers
  double mass = 0;
};
struct EditCell {  // of the live world's board; cell -1: the agent is put there
  int x = 0, y = 0;
  int cell = -1;
};
struct HumanAction {
  bool on = false;
  std::vector<double> action;  // held until the next one
};

// --- recordings and labels
// ----------------------------------------------------------------------------
struct OpenRecording {
  std::string path;
};
// Of an episode of a recording (`trace` and `episode` as in Seek; -1: at the clock): kind "good",
// "bad", "rating" (value 1..5), "error" (text: its type; steps [from, to]), "bookmark" (text; step
// `from`) or "better" (than episode `other` of recording `other_trace`; -1: the same recording).
// One of the live world is kept as a recording of its own (good and bad only). `id`: the label to
// change; 0: a new one, or the one that it contradicts (engine/trace/labels.h).
struct Label {
  std::string kind;
  double value = 0;
  std::string text;
  int from = -1, to = -1;
  int other = -1, other_trace = -1;
  int trace = -1, episode = -1;
  int64_t id = 0;
};
struct Unlabel {
  int trace = 0;
  int64_t id = 0;
};
struct SetErrorTypes {  // that are offered for labels; those in use stay what they are
  std::vector<std::string> types;
};

// --- jobs
// ---------------------------------------------------------------------------------------------
struct StartTrain {
  int64_t steps = 200'000;
  uint64_t seed = 0;
};
struct CancelJob {
  int job = 0;
};
struct PauseJob {  // after the iteration under way; on = false: goes on
  int job = 0;
  bool on = true;
};

using Command =
    std::variant<UseReward, ReloadReward, SetValue, SetValues, ResetValue, ScaleGroup, SaveSnapshot,
                 LoadSnapshot, RenameSnapshot, DeleteSnapshot, SetReference, Flip, MuteAlarm, Undo,
                 Redo, WriteScript, AddVariant, RemoveVariant, Play, Pause, SetSpeed, StepBy, Seek,
                 SetPolicy, Reset, SetLoop, Branch, Perturb, EditCell, HumanAction, OpenRecording,
                 Label, Unlabel, SetErrorTypes, StartTrain, CancelJob, PauseJob>;

// {"command": "SetValue", "name": "w:alive", "value": 2, "drag": false}
nlohmann::ordered_json ToJson(const Command& command);
// U022: no such command (with a suggestion), a missing or wrong value.
Result<Command> CommandFromJson(const nlohmann::json& json);

}  // namespace carrot
