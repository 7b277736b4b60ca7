-- Gymnasium's Humanoid-v5 (model file of the installed gymnasium package).
-- x_velocity is that of the whole model's centre of mass, as in the reference.
return task {
  doc = "Humanoid robot: walk forward without falling.",
  alias = { "Humanoid-v5" },
  world = mujoco { model = asset "gymnasium:envs/mujoco/assets/humanoid.xml", frame_skip = 5 },
  horizon = 1000,
  params = { goal_x = param { 7.5, min = 0.5, max = 50, unit = "m", doc = "distance that counts as success" } },
  fields = {
    qpos           = { "qpos", role = "pose", doc = "generalised positions: root x y z, quaternion w x y z, 17 joints" },
    qvel           = { "qvel", doc = "generalised velocities: root linear (world), angular (body), 17 joints" },
    torso_pos      = { "qpos[0:3]", names = { "x", "y", "z" }, unit = "m", doc = "torso, world frame; z is 1.4 standing" },
    torso_quat     = { "qpos[3:7]", names = { "w", "x", "y", "z" }, doc = "orientation; (1, 0, 0, 0) upright" },
    torso_vel      = { "qvel[0:3]", names = { "x", "y", "z" }, unit = "m/s", doc = "torso, world frame" },
    com            = { "com", names = { "x", "y", "z" }, unit = "m", doc = "centre of mass of the whole body" },
    body_inertia   = { "cinert[1:]", doc = "com-based inertia of 13 bodies: 6 inertia terms, 3 mass x offset, mass" },
    body_velocity  = { "cvel[1:]", doc = "com-based velocity of 13 bodies: angular, linear" },
    joint_torque   = { "qfrc_actuator[6:]", unit = "N m", doc = "actuator force in the space of the 17 joints" },
    contact_forces = { "cfrc_ext[1:]", doc = "contact torque and force on each of 13 bodies" },
    right_force    = { "contact:right_foot.force", unit = "N", doc = "normal force on the right foot" },
    left_force     = { "contact:left_foot.force", unit = "N", doc = "normal force on the left foot" },
    x_velocity     = { unit = "m/s", doc = "forward speed of the centre of mass, mean over the step",
                       fn = function(s) return (s.com.x - s.prev.com.x) / s.dt end },
    y_velocity     = { unit = "m/s", doc = "sideways speed of the centre of mass, mean over the step",
                       fn = function(s) return (s.com.y - s.prev.com.y) / s.dt end },
    healthy        = { dtype = "bool", doc = "torso height between 1 and 2 m",
                       fn = function(s) return s.torso_pos.z > 1.0 and s.torso_pos.z < 2.0 end },
  },
  observation = { "qpos[2:24]", "qvel", "body_inertia", "body_velocity", "joint_torque", "contact_forces" },
  reset       = { qpos = uniform(-0.01, 0.01), qvel = uniform(-0.01, 0.01) },
  termination = { fallen = function(s) return not s.healthy end },
  success = { doc = "7.5 m or more in 1000 steps without falling", when = "end",
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
