#include "engine/apps/templates.h"

#include <fmt/format.h>

namespace carrot {
namespace {

// The first derived number of the task: what its author found worth computing.
const FieldSpec* MainField(const TaskSpec& task) {
  for (const FieldSpec& field : task.state.fields()) {
    const bool number = field.is_scalar() && field.dtype == DType::kF64;
    if (number && field.role == FieldRole::kDerived) return &field;
  }
  return nullptr;
}

// Where a success ends the episode, being paid for time is a reason to avoid it: the template then
// pays for the task's own flag, and else for staying alive.
const FieldSpec* GoalFlag(const TaskSpec& task) {
  if (task.success_when != SuccessWhen::kAny) return nullptr;
  for (const FieldSpec& field : task.state.fields()) {
    if (field.is_scalar() && field.role == FieldRole::kFlag) return &field;
  }
  return nullptr;
}

std::string FieldComments(const TaskSpec& task) {
  std::string out;
  for (const FieldSpec& field : task.state.fields()) {
    std::string type = field.is_scalar() ? "" : fmt::format("[{}]", fmt::join(field.shape, ","));
    if (!field.names.empty()) type += fmt::format(" .{}", fmt::join(field.names, " ."));
    out +=
        fmt::format("--   s.{}{}  {}{}\n", field.name, type, field.doc,
                    field.units.empty() ? "" : fmt::format(" ({})", fmt::join(field.units, ",")));
  }
  return out;
}

}  // namespace

std::string RewardTemplate(const TaskSpec& task, const std::string& task_reference) {
  const FieldSpec* goal = GoalFlag(task);
  std::string terms =
      R"(    term { "alive", weight = 1.0, range = { 0, 1 }, doc = "1 until the episode ends early",
           fn = function(s) return not s.terminated end },
)";
  if (goal) {
    terms = fmt::format(R"(    term {{ "{0}", weight = 1.0, kind = "event", doc = "{1}",
           fn = function(s) return s.{0} end }},
)",
                        goal->name, goal->doc.empty() ? "as the task computes it" : goal->doc);
  }
  if (const FieldSpec* field = MainField(task)) {
    terms += fmt::format(R"(    term {{ "{0}", weight = 1.0, doc = "{1}",
           fn = function(s, a, p) return s.{0} * p.scale end }},
)",
                         field->name, field->doc.empty() ? "as the task computes it" : field->doc);
  }
  if (task.world.action.kind == ActionSpec::Kind::kContinuous) {
    terms +=
        R"(    term { "effort", weight = -1e-3, kind = "penalty", doc = "sum of squared actions",
           fn = function(s, a) return a:dot(a) end },
)";
  }
  return fmt::format(R"(-- A reward for {0}: {1}
-- Success is the task's own ("{2}") and cannot be read here.
--
-- What a term can read (s.prev is the state before the step):
{3}--   s.step s.t s.dt s.horizon s.terminated   a: action   p: params   m: memory
return reward {{
  task = "{6}",
  doc = "Say here what this reward should teach.",
  params = {{
    scale = param {{ 1.0, min = 0, max = 10, doc = "a slider: --set p:scale=2" }},
  }},
  terms = {{
{4}  }},
  expect = {{ {{ terms = {{ {5} }} }} }},  -- examples that `carrot check` runs
}}
)",
                     task.name, task.doc, task.success_doc, FieldComments(task), terms,
                     goal ? goal->name + " = 0" : "alive = 1", task_reference);
}

std::string TaskTemplate(const std::string& name) {
  return fmt::format(
      R"(-- {}: a cart on a rail that has to stand at a mark. model.xml is any MuJoCo model.
return task {{
  doc = "Push the cart to the mark and stand there.",
  world = mujoco {{ model = "model.xml", frame_skip = 2 }},
  horizon = 200,
  params = {{
    close = param {{ 0.05, min = 0.01, max = 0.5, unit = "m", doc = "distance that counts as success" }},
  }},
  fields = {{
    qpos     = {{ "qpos", role = "pose", unit = "m", doc = "cart along the rail" }},
    position = {{ "qpos[0]", unit = "m", doc = "cart along the rail; the mark is at 0" }},
    velocity = {{ "qvel[0]", unit = "m/s", doc = "of the cart" }},
    distance = {{ unit = "m", doc = "cart to mark", fn = function(s) return math.abs(s.position) end }},
  }},
  observation = {{ "position", "velocity" }},
  reset = {{ qpos = uniform(-1, 1) }},
  success = {{ doc = "within 5 cm of the mark at the end", when = "end",
    fn = function(s, a, p) return s.step == s.horizon and s.distance < p.close end }},
  metrics = {{ final_distance = {{ "distance", over = "last", unit = "m" }} }},
  reward = "reach",
}}
)",
      name);
}

std::string ModelTemplate(const std::string& name) {
  return fmt::format(R"(<mujoco model="{}">
  <option timestep="0.01"/>
  <visual><global offwidth="1280" offheight="960"/></visual>
  <worldbody>
    <light pos="0 -1 3" dir="0 0.3 -1"/>
    <geom name="floor" type="plane" size="3 3 0.1" rgba="0.8 0.8 0.8 1"/>
    <geom name="mark" type="cylinder" pos="0 0 0.005" size="0.05 0.005" rgba="0.9 0.3 0.1 1"
          contype="0" conaffinity="0"/>
    <body name="cart" pos="0 0 0.11">
      <joint name="slide" type="slide" axis="1 0 0" damping="0.5" limited="true" range="-2 2"/>
      <geom name="cart" type="box" size="0.1 0.1 0.1" mass="1" rgba="0.2 0.4 0.8 1"/>
    </body>
  </worldbody>
  <actuator>
    <motor name="push" joint="slide" gear="3" ctrllimited="true" ctrlrange="-1 1"/>
  </actuator>
</mujoco>
)",
                     name);
}

std::string TaskRewardTemplate() {
  return R"(return reward {
  doc = "Come near the mark and stand there at the end, without wild pushing.",
  params = {
    margin = param { 1.0, min = 0.1, max = 4, unit = "m", doc = "distance at which `near` is 0" },
    close = param { 0.05, min = 0.01, max = 0.5, unit = "m", doc = "as the task's: a success" },
  },
  terms = {
    -- Without the bonus, resting just beside the mark would earn more than arriving late.
    term { "arrived", weight = 10, kind = "success_bonus", doc = "at the mark when time is up",
           fn = function(s, a, p) return s.step == s.horizon and s.distance < p.close end },
    term { "near", weight = 0.1, range = { 0, 1 }, doc = "1 at the mark",
           fn = function(s, a, p) return math.max(0, 1 - s.distance / p.margin) end },
    term { "effort", weight = -0.001, kind = "penalty", doc = "squared push",
           fn = function(s, a) return a:dot(a) end },
  },
  expect = { { state = { position = 0, distance = 0 }, terms = { near = 1 } } },
}
)";
}

}  // namespace carrot
