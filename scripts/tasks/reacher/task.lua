-- Gymnasium's Reacher-v5 (model file of the installed gymnasium package).
-- Body positions are one substep old, as in the reference.
return task {
  doc = "Two-joint planar arm: bring the fingertip to the target and hold it there.",
  alias = { "Reacher-v5" },
  world = mujoco { model = asset "gymnasium:envs/mujoco/assets/reacher.xml", frame_skip = 2 },
  horizon = 50,
  params = { goal_distance = param { 0.02, min = 0.005, max = 0.1, unit = "m", doc = "mean distance over the last 25 steps that counts as success" } },
  fields = {
    qpos      = { "qpos", role = "pose", doc = "shoulder, elbow, target x, target y" },
    qvel      = { "qvel", doc = "generalised velocities, in the order of qpos" },
    fingertip = { "body:fingertip.pos", doc = "end of the arm" },
    target    = { "body:target.pos", doc = "where the fingertip should be" },
    cos_shoulder = { doc = "cosine of the shoulder angle", fn = function(s) return math.cos(s.qpos[1]) end },
    cos_elbow    = { doc = "cosine of the elbow angle", fn = function(s) return math.cos(s.qpos[2]) end },
    sin_shoulder = { doc = "sine of the shoulder angle", fn = function(s) return math.sin(s.qpos[1]) end },
    sin_elbow    = { doc = "sine of the elbow angle", fn = function(s) return math.sin(s.qpos[2]) end },
    error_x   = { unit = "m", doc = "fingertip minus target", fn = function(s) return s.fingertip.x - s.target.x end },
    error_y   = { unit = "m", doc = "fingertip minus target", fn = function(s) return s.fingertip.y - s.target.y end },
    distance  = { unit = "m", doc = "fingertip to target", fn = function(s)
                    local x, y, z = s.fingertip.x - s.target.x, s.fingertip.y - s.target.y, s.fingertip.z - s.target.z
                    return math.sqrt(x * x + y * y + z * z) end },
  },
  observation = { "cos_shoulder", "cos_elbow", "sin_shoulder", "sin_elbow", "qpos[2:4]", "qvel[0:2]",
                  "error_x", "error_y" },
  reset = {
    ["qpos[0:2]"] = uniform(-0.1, 0.1),
    ["qpos[2:4]"] = disk(0.2),      -- the target, anywhere in reach
    ["qvel[0:2]"] = uniform(-0.005, 0.005),
  },
  termination = {},
  success = { doc = "fingertip within 2 cm of the target on average over the last 25 steps", when = "end",
    memory = { sum = 0 },
    fn = function(s, a, p, m)
      if s.step > s.horizon - 25 then m.sum = m.sum + s.distance end
      return s.step == s.horizon and m.sum <= 25 * p.goal_distance
    end },
  metrics = {
    distance = { "distance", over = "mean", unit = "m", doc = "mean distance to the target" },
    final    = { "distance", over = "last", unit = "m", doc = "distance at the end" },
  },
  reward = "gym",
}
