-- Gymnasium's Pusher-v5 (model file of the installed gymnasium package).
-- Body positions are one substep old, as in the reference (up to 3 mm).
return task {
  doc = "Seven-joint arm: push a cylinder across the table to the goal.",
  alias = { "Pusher-v5" },
  world = mujoco { model = asset "gymnasium:envs/mujoco/assets/pusher_v5.xml", frame_skip = 5 },
  horizon = 100,
  params = { goal_distance = param { 0.05, min = 0.01, max = 0.3, unit = "m", doc = "planar distance at the end that counts as success" } },
  fields = {
    qpos      = { "qpos", role = "pose", doc = "7 arm joints, object y and x, goal y and x" },
    qvel      = { "qvel", doc = "generalised velocities, in the order of qpos" },
    tip       = { "body:tips_arm.pos", doc = "middle of the arm's fingers" },
    object    = { "body:object.pos", doc = "the cylinder's centre" },
    goal      = { "body:goal.pos", doc = "where the cylinder belongs" },
    object_to_goal = { unit = "m", doc = "distance, in 3D: at least 0.048, since the goal lies lower", fn = function(s)
                         local x, y, z = s.object.x - s.goal.x, s.object.y - s.goal.y, s.object.z - s.goal.z
                         return math.sqrt(x * x + y * y + z * z) end },
    tip_to_object  = { unit = "m", doc = "distance, in 3D", fn = function(s)
                         local x, y, z = s.object.x - s.tip.x, s.object.y - s.tip.y, s.object.z - s.tip.z
                         return math.sqrt(x * x + y * y + z * z) end },
    planar_distance = { unit = "m", doc = "object to goal along the table", fn = function(s)
                         local x, y = s.object.x - s.goal.x, s.object.y - s.goal.y
                         return math.sqrt(x * x + y * y) end },
  },
  observation = { "qpos[0:7]", "qvel[0:7]", "tip", "object", "goal" },
  reset = {                       -- arm at rest; object anywhere but on the goal; goal at its place
    ["qpos[7:9]"]  = box_outside({ -0.3, -0.2 }, { 0, 0.2 }, 0.17),
    ["qpos[9:11]"] = constant(0),
    ["qvel[0:7]"]  = uniform(-0.005, 0.005),
  },
  termination = {},
  success = { doc = "object within 5 cm of the goal at the end", when = "end",
    fn = function(s, a, p) return s.step == s.horizon and s.planar_distance <= p.goal_distance end },
  metrics = {
    distance = { "planar_distance", over = "last", unit = "m", doc = "object to goal at the end" },
    reach    = { "tip_to_object", over = "min", unit = "m", doc = "closest the fingers came to the object" },
  },
  reward = "gym",
}
