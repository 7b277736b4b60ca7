#include "engine/apps/codes.h"

#include <strings.h>

#include <string>

namespace carrot {
namespace {

constexpr CodeInfo kCodes[] = {
    {"R001", "the script is not Lua",
     "The parser stopped at the place shown; the mistake may lie a line earlier (a missing `end`, "
     "comma or brace).",
     "terms = { term { \"a\" fn = f } }", "terms = { term { \"a\", fn = f } }"},
    {"R002", "the script cannot be read",
     "The file is missing, not readable, or larger than a script may be.", "", ""},
    {"R003", "no such reward",
     "--reward takes a shipped reward of the task, a file beside the task's own, or the path of a "
     ".lua file. `carrot describe TASK` lists the shipped ones.",
     "", ""},
    {"R009", "the script engine failed",
     "Not the script's fault. Please report it with the script.", "", ""},
    {"R011", "an unknown name",
     "A global or module that does not exist. Scripts have the safe part of Lua's library, "
     "`require` for rewards/lib and files beside the script, and what they declare themselves.",
     "math.sgn(x)", "local function sgn(x) return x < 0 and -1 or 1 end"},
    {"R012", "an unknown field",
     "The task has no such field. `carrot describe TASK` lists its fields with units.",
     "return s.torso_heigth", "return s.torso_height"},
    {"R013", "a wrong part of a value",
     "Vectors have their component names and elements 1 to #v; large fields are read with :at(i); "
     "numbers have no parts.",
     "return s.torso_vel[3]", "return s.torso_vel.x"},
    {"R014", "an undeclared parameter", "p.NAME needs an entry in `params`.", "return p.speed",
     "params = { speed = param { 2, min = 0, max = 6 } }"},
    {"R015", "undeclared memory",
     "m.NAME needs an entry in `memory`; it is kept per environment and cleared at each reset.",
     "m.best = s.x", "memory = { best = 0 }"},
    {"R016", "a write to something read-only",
     "State, action and parameters cannot be changed. Keep values in local variables, or across "
     "steps in `memory`.",
     "s.x = 0", "local x = 0"},
    {"R017", "state outside of memory",
     "A term writes a global, an outer variable or an outer table. Such state would differ between "
     "environments and worker counts.",
     "count = count + 1", "m.count = m.count + 1"},
    {"R018", "hidden state",
     "The same recorded steps gave other values when the environments were evaluated in another "
     "order: something is remembered outside of `memory`, e.g. in a table that a function fills.",
     "local seen = {} ... seen[1] = s.x", "memory = { seen = 0 } ... m.seen = s.x"},
    {"R020", "an unknown key", "The table has a key that nothing reads, usually a slip of the pen.",
     "wieght = 2", "weight = 2"},
    {"R021", "a value of the wrong type", "The message names the expected type.", "weight = \"2\"",
     "weight = 2"},
    {"R022", "something is missing", "A required key or item was not given.", "term { fn = f }",
     "term { \"name\", fn = f }"},
    {"R023", "declared twice", "Names of terms, parameters and derived values are unique.", "", ""},
    {"R024", "an unknown choice", "The message lists the choices.", "kind = \"cost\"",
     "kind = \"penalty\""},
    {"R025", "a value out of range",
     "Weights are finite, ranges are { low, high }, defaults lie within their own range.", "", ""},
    {"R026", "the script's result is not fixed data",
     "The returned table must be plain, finite and the same each time that the script runs.", "",
     ""},
    {"R027", "a value cannot be written back",
     "The default of a weight or a parameter is computed, or stands in a module, so that no number "
     "can be put in its place. The script was not changed; set the value by hand.",
     "weight = 2 * base", "weight = 4"},
    {"R030", "an error while a term ran",
     "Arithmetic or a call on a value of the wrong type, often nil. The term counts 0 on that "
     "step.",
     "", ""},
    {"R031", "a term is not a number (NaN)",
     "0/0, or the root of a negative number. The term counts 0 on that step and the step is "
     "marked. Guard the denominator.",
     "return a / b", "return a / math.max(b, 1e-6)"},
    {"R032", "a term is infinite",
     "A division by 0, or an overflow. The term counts 0 on that step and the step is marked.",
     "return 1 / d", "return 1 / math.max(d, 1e-3)"},
    {"R033", "a term returned something that is not a number",
     "A term returns a number or a boolean on every path; of a vector, take an element or its "
     "norm.",
     "return s.qpos", "return s.qpos:norm()"},
    {"R034", "the script called error or assert", "The message is the script's own.", "", ""},
    {"R035", "the total overflows",
     "Every term is finite, and their weighted combination is not. The total counts 0 on that step "
     "and the step is marked. Bound the terms, or combine them otherwise than by a product.",
     "weight = 1e300", "weight = 1"},
    {"R036", "a return is too large",
     "The rewards of an episode add up to more than 1e150, or to infinity: such returns have no "
     "mean, no interval and no order. The term that pays most is named; give it a smaller weight "
     "or bound its values.",
     "weight = 1e308", "weight = 1"},
    {"R040", "the time budget is used up",
     "A term may take 100,000 loop turns and calls a step. An endless loop ends here.",
     "while d > 0 do end", "for i = 1, #s.cells do ... end"},
    {"R041", "the memory limit is reached", "A script's state may use 64 MiB.", "", ""},
    {"R042", "calls are nested too deeply", "A recursion without an end.", "", ""},
    {"R050", "not available in scripts",
     "Files, processes, bytecode and the debugger are closed to scripts.", "io.open(\"x\")",
     "(read the state instead)"},
    {"R051", "a reserved name", "Names that start with two underscores belong to the engine.", "",
     ""},
    {"R053", "a text that is too large", "Texts are at most 64 KiB and patterns may not run away.",
     "", ""},
    {"R054", "not inside a term",
     "`pairs` has no fixed order and `require` belongs to loading. Use ipairs or a counted loop.",
     "for k, v in pairs(t) do", "for i, v in ipairs(t) do"},
    {"R060", "an example does not hold",
     "A value in `expect` differs from what the term gives in that state.", "", ""},
    {"L001", "values that are not finite",
     "On recorded behaviour the term was NaN or infinite. Such a value counts 0, so the reward is "
     "not what was written there.",
     "return d / s.speed", "return d / math.max(s.speed, 1e-6)"},
    {"L002", "a dead term",
     "It is 0 on more than 99 % of at least 1,000 recorded steps: hardly anything follows it. For "
     "an event or success bonus this is only a remark.",
     "term { \"at_goal\", fn = near }", "term { \"at_goal\", kind = \"event\", fn = near }"},
    {"L003", "a constant term",
     "It has one value on every step, and no episode is ended by the task, so it pays the same "
     "whatever is done.",
     "fn = function(s) return 1 end", "fn = function(s) return s.height end"},
    {"L004", "a saturated term",
     "It lies at an end of its declared `range` on more than 95 % of the steps and has no slope "
     "there. Widen the margin. Indicators (0 or 1 only) and events are not meant.",
     "tolerance(s.x, 2, math.huge, 0.01)", "tolerance(s.x, 2, math.huge, 2)"},
    {"L005", "scales far apart",
     "What one term pays varies over 1,000 times less than what another pays; a learner will not "
     "notice it.",
     "", ""},
    {"L006", "a duplicate term",
     "Its values and another's have a correlation above 0.98 (or below -0.98): their weights only "
     "add up.",
     "", ""},
    {"L007", "a wrong sign", "Weight times value pays for a penalty, or costs for a success bonus.",
     "weight = -1, kind = \"penalty\", fn = minus_distance",
     "weight = -1, kind = \"penalty\", fn = distance"},
    {"L008", "a value outside of its range",
     "The raw value left the `range` that the term declares.", "range = { 0, 1 }",
     "range = { -1, 1 }"},
    {"L009", "one term dominates",
     "It makes more than 80 % of all that is paid and taken. Only a remark: it may be right.", "",
     ""},
    {"L010", "a failure outscores a success",
     "A failed episode has at least the return of the worst success, from the same start if any "
     "start has both. A learner that maximises the return need not succeed.",
     "weight = 1, kind = \"success_bonus\"", "weight = 500, kind = \"success_bonus\""},
    {"L011", "idling, looping or ending outscores a success",
     "idle_pays: an episode that does nothing; loop_pays: going round the same states until the "
     "end; end_pays: failing in half the time. Each earns more than a success.",
     "fn = function(s) return s.near end",
     "fn = function(s) return s.prev.distance - s.distance end"},
    {"L012", "shaping gains on a closed way",
     "A term of kind shaping, or the potential, sums to more than 0 on a way that ends in the "
     "state where it began, so going round pays. Pay the difference of one function of the state, "
     "backwards too.",
     "return math.max(0, s.prev.d - s.d)", "return s.prev.d - s.d"},
    {"L013", "depends on the length of a step",
     "Reading the same behaviour with every second step, and s.dt doubled, changes the return by "
     "more than 5 %. Only a remark: rates count once a step.",
     "return s.speed", "return s.speed * s.dt"},
    {"A001", "the return rises, success does not",
     "While training, the return rose by a fifth or more and levelled off in the first half of the "
     "run so far, and success stayed where it began; or the return rose while success fell by 0.2. "
     "The term that grew most is named: what does it pay for?",
     "", ""},
    {"A002", "returns do not rank successes above failures",
     "Spearman's correlation of return and success, over its greatest possible value, is below 0.3 "
     "on at least 20 episodes of both kinds. The term that favours failures most is named.",
     "", ""},
    {"A003", "the return is the episode's length",
     "Return and length have a rank correlation above 0.95, and longer episodes do not succeed "
     "more often: the reward pays for time.",
     "weight = 1 (alive)", "weight = 0.01 (alive)"},
    {"A004", "failing early pays",
     "Episodes that fail early earn more than those that last, or training makes them so. "
     "Penalties make living too dear.",
     "", ""},
    {"A005", "going in circles pays",
     "Failed episodes that come back to the same poses again and again earn more than a success. "
     "The term that pays for each round is named.",
     "", ""},
    {"T001", "a wrong field declaration",
     "Names are lower_snake and unique; component names and units fit the number of elements.", "",
     ""},
    {"T002", "a wrong dtype", "Fields are f64, f32, i32, u8 or bool; MuJoCo's are f64.", "", ""},
    {"T003", "no such task",
     "--task takes a name, an alias such as Hopper-v5, or the path of a task.lua or its folder. "
     "`carrot tasks` lists them.",
     "", ""},
    {"T004", "a wrong slice",
     "Slices are 0-based and half-open: name[3], name[1:6], name[2:], name[:4].", "\"qpos[1..5]\"",
     "\"qpos[1:6]\""},
    {"T005", "no such asset package", "Assets are files beside task.lua or `gymnasium:` ones.", "",
     ""},
    {"T006", "an asset is missing", "`./carrot setup` fetches the model files of gymnasium.", "",
     ""},
    {"T007", "no such task parameter", "The task declares its parameters under `params`.", "", ""},
    {"T008", "a wrong entry of a task", "The message says what is allowed there.", "", ""},
    {"T009", "a wrong reset",
     "A reset entry is a number or a distribution such as uniform(-0.1, 0.1).", "", ""},
    {"T010", "a snapshot of something else",
     "Snapshots fit only the task and the reward that they were made with.", "", ""},
    {"T012", "derived fields in a circle", "A derived field needs itself through others.", "", ""},
    {"T020", "the model does not load", "MuJoCo's own message names the line of the model file.",
     "", ""},
    {"T021", "an unknown source",
     "The part of the simulator's state that a field names does not exist or is empty in this "
     "model.",
     "", ""},
    {"T022", "no such part of the model",
     "The model has no body, site, geom, joint or sensor of that name.", "", ""},
    {"T023", "a reset that does not fit", "The numbers do not fit the field that they reset.", "",
     ""},
    {"T024", "a wrong source for this part", "This kind of part has no such quantity.", "", ""},
    {"T030", "an unknown option of the world", "The message lists the options.", "", ""},
    {"T031", "a wrong value of a world's option", "The message says what is allowed.", "", ""},
    {"T032", "a wrong option of the world", "The message says what is allowed.", "", ""},
    {"T033", "no model to read from",
     "Only worlds with a model have fields with a source; others publish theirs themselves.", "",
     ""},
    {"T034", "no reset table here", "This world draws its start from the seed alone.", "", ""},
    {"T060", "a malformed action mask", "The mask has one byte for each choice.", "", ""},
    {"T061", "the policy does not fit",
     "It was trained with other observations or actions. `carrot describe POLICY` says which.", "",
     ""},
    {"T062", "nothing to learn", "Training needs an observation and actions.", "", ""},
    {"T063", "the policy observes another reward's memory",
     "A reward with `observe` shows the policy entries of its memory, such as a machine's state. "
     "Such a policy acts only under a reward that shows the same; one trained without `observe` "
     "acts "
     "under any.",
     "", ""},
    {"E001", "an environment failed",
     "The simulation diverged or a task script failed. That episode ends as a fault, is left out "
     "of statistics, and the others go on. --fail-on fault makes it an error.",
     "", ""},
    {"I001", "a file is missing", "Relative paths start at the current folder.", "", ""},
    {"I002", "a file cannot be read", "Look at its permissions; a folder is not a file.", "", ""},
    {"I003", "a malformed file", "It was not written by carrot, or it is damaged.", "", ""},
    {"I004", "another format version", "It was written by another version of carrot.", "", ""},
    {"I005", "a file that does not fit",
     "It contradicts the others in its folder, or what a run was started with has changed.", "",
     ""},
    {"I006", "the disk is full", "What was finished is kept. Make room, then go on with --resume.",
     "", ""},
    {"I007", "a file cannot be written", "The folder is read-only or does not exist.", "", ""},
    {"I008", "it exists already",
     "Nothing is overwritten. Give another name, or go on with --resume.", "", ""},
    {"I009", "not in this recording",
     "The script reads a field or term that was not recorded. Record it with --record-fields.", "",
     ""},
    {"I010", "a picture cannot be written", "The folder is read-only, full or missing.", "", ""},
    {"I011", "an unreadable array or picture", "The file is damaged.", "", ""},
    {"I012", "a folder cannot be made", "Its parent is read-only or missing.", "", ""},
    {"I013", "files cannot be watched",
     "The system gives no more watches. Raise fs.inotify.max_user_instances or "
     "fs.inotify.max_user_watches.",
     "", ""},
    {"I014", "no such step in this recording", "The help says which episodes and steps it holds.",
     "", ""},
    {"I015", "a recording without a step",
     "It has no whole block of steps: it was ended before its first one, or a file is cut off or "
     "missing.",
     "", ""},
    {"I020", "an unreadable policy", "The folder is incomplete or damaged.", "", ""},
    {"I030", "an unusable checkpoint", "It is damaged, or the networks or the batch have changed.",
     "", ""},
    {"G001", "no EGL library",
     "Pictures need OpenGL through EGL: apt-get install libegl1 libgl1-mesa-dri.", "", ""},
    {"G002", "no OpenGL context",
     "The driver gives no context without a display: apt-get install libgl1-mesa-dri.", "", ""},
    {"G003", "the OpenGL is too old", "The driver lacks a needed function.", "", ""},
    {"G004", "a picture that is too large",
     "The driver cannot draw that many pixels. Take a smaller --size.", "", ""},
    {"G005", "no window can be opened",
     "There is no display, or it gives no OpenGL. On a machine without one: xvfb-run -a carrot "
     "gui, or "
     "carrot gui --headless --screenshot out.png.",
     "", ""},
    {"G010", "a row that cannot be drawn", "Its pose was not recorded or is not finite.", "", ""},
    {"G011", "no such camera", "The help names the cameras of the model.", "", ""},
    {"G012", "this world cannot be drawn", "There is no view for its kind.", "", ""},
    {"G013", "no such episode or step", "The help says what the recording holds.", "", ""},
    {"U001", "no such help topic",
     "`carrot help` lists the commands, `carrot help codes` the codes.", "", ""},
    {"U002", "wrong use of an option",
     "A value has the wrong form, or it does not fit the other options.", "", ""},
    {"U003", "only for MuJoCo tasks", "The bare engine loop exists for MuJoCo worlds only.", "",
     ""},
    {"U020", "a wrong setting",
     "`carrot train --ppo NAME=VALUE` takes the names of PpoConfig within their ranges; "
     "--record-fields takes fields of the task.",
     "", ""},
    {"U021", "this processor is too old", "Learning uses AVX2 and FMA (x86-64-v3).", "", ""},
    {"U022", "no such command of a session",
     "A line of commands.jsonl names a command and its values.", "", ""},
    {"U030", "a line of a steps file that cannot be read",
     "A steps file drives the window, one command a line: click, drag, hover, key, type, wait, "
     "expect.",
     "drag tune/alive/weight 80", "drag tune/alive/weight by +80px"},
    {"U031", "an expectation of a steps file does not hold",
     "What was expected is not on the screen, or the target is not there. The message says what "
     "was "
     "found; the picture and the items of the last frame are written beside.",
     "", ""},
};

}  // namespace

std::span<const CodeInfo> Codes() { return kCodes; }

const CodeInfo* FindCode(std::string_view code) {
  for (const CodeInfo& info : kCodes) {
    if (strcasecmp(std::string(code).c_str(), info.code) == 0) return &info;
  }
  return nullptr;
}

}  // namespace carrot
