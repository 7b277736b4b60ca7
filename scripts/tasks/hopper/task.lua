-- Gymnasium's Hopper-v5 (model file of the installed gymnasium package).
-- Source slices are 0-based half-open, as numpy; Lua indices are 1-based.
return task {
  doc = "Planar one-legged robot: hop forward without falling.",
  alias = { "Hopper-v5" },
  world = mujoco { model = asset "gymnasium:envs/mujoco/assets/hopper.xml", frame_skip = 4 },
  horizon = 1000,
  params = { goal_x = param { 12, min = 1, max = 50, unit = "m", doc = "distance that counts as success" } },
  fields = {
    qpos        = { "qpos", role = "pose", doc = "generalised positions: root x, root z, pitch, thigh, leg, foot" },
    qvel        = { "qvel", doc = "generalised velocities, in the order of qpos" },
    torso_pos   = { "qpos[0:2]", names = { "x", "z" }, unit = "m", doc = "torso, world frame; z is 1.25 standing" },
    torso_pitch = { "qpos[2]", unit = "rad", doc = "0 upright, positive forward" },
    torso_vel   = { "qvel[0:2]", names = { "x", "z" }, unit = "m/s", doc = "torso, world frame" },
    pitch_rate  = { "qvel[2]", unit = "rad/s", doc = "positive forward" },
    joint_pos   = { "qpos[3:6]", names = { "thigh", "leg", "foot" }, unit = "rad", doc = "joint angles" },
    joint_vel   = { "qvel[3:6]", names = { "thigh", "leg", "foot" }, unit = "rad/s", doc = "joint rates" },
    foot_force  = { "contact:foot_geom.force", unit = "N", doc = "normal force on the foot" },
    x_velocity  = { unit = "m/s", doc = "forward speed, mean over the step",
                    fn = function(s) return (s.torso_pos.x - s.prev.torso_pos.x) / s.dt end },
    healthy     = { dtype = "bool", doc = "upright and within bounds", fn = function(s)
                      for i = 3, #s.qpos do if math.abs(s.qpos[i]) >= 100 then return false end end
                      for i = 1, #s.qvel do if math.abs(s.qvel[i]) >= 100 then return false end end
                      return s.torso_pos.z > 0.7 and math.abs(s.torso_pitch) < 0.2 end },
  },
  observation = { "qpos[1:6]", { "qvel", clip = 10 } },
  reset       = { qpos = uniform(-0.005, 0.005), qvel = uniform(-0.005, 0.005) },
  termination = { fallen = function(s) return not s.healthy end },
  success = { doc = "12 m or more in 1000 steps without falling", when = "end",
    memory = { x0 = function(s) return s.torso_pos.x end },
    fn = function(s, a, p, m)
      return s.step == s.horizon and not s.terminated and s.torso_pos.x - m.x0 >= p.goal_x
    end },
  metrics = {
    distance = { over = "last", unit = "m", doc = "x reached", fn = function(s) return s.torso_pos.x end },
    speed    = { "x_velocity", over = "mean", unit = "m/s", doc = "mean forward speed" },
  },
  reward = "hop_forward",
}
