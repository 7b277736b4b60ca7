-- Gymnasium's Ant-v5 (model file of the installed gymnasium package).
-- torso_pos is read from the body, as the reference does: the integrator leaves it one substep old (about 2 mm).
return task {
  doc = "Four-legged robot: walk forward without falling or flying.",
  alias = { "Ant-v5" },
  world = mujoco { model = asset "gymnasium:envs/mujoco/assets/ant.xml", frame_skip = 5 },
  horizon = 1000,
  params = { goal_x = param { 100, min = 1, max = 400, unit = "m", doc = "distance that counts as success" } },
  fields = {
    qpos           = { "qpos", role = "pose", doc = "generalised positions: root x y z, quaternion w x y z, 8 joints" },
    qvel           = { "qvel", doc = "generalised velocities: root linear (world), angular (body), 8 joints" },
    torso_pos      = { "body:torso.pos", doc = "torso, world frame" },
    torso_height   = { "qpos[2]", unit = "m", doc = "0.75 at the start" },
    torso_quat     = { "qpos[3:7]", names = { "w", "x", "y", "z" }, doc = "orientation; (1, 0, 0, 0) level" },
    torso_vel      = { "qvel[0:3]", names = { "x", "y", "z" }, unit = "m/s", doc = "torso, world frame" },
    torso_angvel   = { "qvel[3:6]", names = { "x", "y", "z" }, unit = "rad/s", doc = "torso, body frame" },
    contact_forces = { "cfrc_ext[1:]", clip = 1, doc = "contact torque and force on each of 13 bodies, clipped to +-1" },
    x_velocity     = { unit = "m/s", doc = "forward speed, mean over the step",
                       fn = function(s) return (s.torso_pos.x - s.prev.torso_pos.x) / s.dt end },
    y_velocity     = { unit = "m/s", doc = "sideways speed, mean over the step",
                       fn = function(s) return (s.torso_pos.y - s.prev.torso_pos.y) / s.dt end },
    healthy        = { dtype = "bool", doc = "torso height between 0.2 and 1 m (a non-finite state is a fault)",
                       fn = function(s) return s.torso_height >= 0.2 and s.torso_height <= 1.0 end },
  },
  observation = { "qpos[2:15]", "qvel", "contact_forces" },
  reset       = { qpos = uniform(-0.1, 0.1), qvel = normal(0.1) },
  termination = { fallen = function(s) return not s.healthy end },
  success = { doc = "100 m or more in 1000 steps without falling", when = "end",
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
