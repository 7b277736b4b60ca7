-- Gymnasium's Walker2d-v5 (model file of the installed gymnasium package).
return task {
  doc = "Planar two-legged robot: walk forward without falling.",
  alias = { "Walker2d-v5" },
  world = mujoco { model = asset "gymnasium:envs/mujoco/assets/walker2d_v5.xml", frame_skip = 4 },
  horizon = 1000,
  params = { goal_x = param { 16, min = 1, max = 60, unit = "m", doc = "distance that counts as success" } },
  fields = {
    qpos        = { "qpos", role = "pose", doc = "generalised positions: root x, root z, pitch, right thigh, leg, foot, left thigh, leg, foot" },
    qvel        = { "qvel", doc = "generalised velocities, in the order of qpos" },
    torso_pos   = { "qpos[0:2]", names = { "x", "z" }, unit = "m", doc = "torso, world frame; z is 1.25 standing" },
    torso_pitch = { "qpos[2]", unit = "rad", doc = "0 upright, positive forward" },
    torso_vel   = { "qvel[0:2]", names = { "x", "z" }, unit = "m/s", doc = "torso, world frame" },
    right_force = { "contact:foot_geom.force", unit = "N", doc = "normal force on the right foot" },
    left_force  = { "contact:foot_left_geom.force", unit = "N", doc = "normal force on the left foot" },
    x_velocity  = { unit = "m/s", doc = "forward speed, mean over the step",
                    fn = function(s) return (s.torso_pos.x - s.prev.torso_pos.x) / s.dt end },
    healthy     = { dtype = "bool", doc = "torso high and upright enough", fn = function(s)
                      return s.torso_pos.z > 0.8 and s.torso_pos.z < 2.0
                         and s.torso_pitch > -1 and s.torso_pitch < 1 end },
  },
  observation = { "qpos[1:9]", { "qvel", clip = 10 } },
  reset       = { qpos = uniform(-0.005, 0.005), qvel = uniform(-0.005, 0.005) },
  termination = { fallen = function(s) return not s.healthy end },
  success = { doc = "16 m or more in 1000 steps without falling", when = "end",
    memory = { x0 = function(s) return s.torso_pos.x end },
    fn = function(s, a, p, m)
      return s.step == s.horizon and not s.terminated and s.torso_pos.x - m.x0 >= p.goal_x
    end },
  metrics = {
    distance = { over = "last", unit = "m", doc = "x reached", fn = function(s) return s.torso_pos.x end },
    speed    = { "x_velocity", over = "mean", unit = "m/s", doc = "mean forward speed" },
  },
  reward = "gym",
}
