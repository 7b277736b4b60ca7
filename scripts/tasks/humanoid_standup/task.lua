-- Gymnasium's HumanoidStandup-v5 (model file of the installed gymnasium package).
return task {
  doc = "Humanoid robot lying on its back: stand up and stay up.",
  alias = { "HumanoidStandup-v5" },
  world = mujoco { model = asset "gymnasium:envs/mujoco/assets/humanoidstandup.xml", frame_skip = 5 },
  horizon = 1000,
  params = { goal_z = param { 0.6, min = 0.2, max = 1.4, unit = "m", doc = "mean torso height over the last 200 steps that counts as success" } },
  fields = {
    qpos           = { "qpos", role = "pose", doc = "generalised positions: root x y z, quaternion w x y z, 17 joints" },
    qvel           = { "qvel", doc = "generalised velocities: root linear (world), angular (body), 17 joints" },
    torso_pos      = { "qpos[0:3]", names = { "x", "y", "z" }, unit = "m", doc = "torso, world frame; z is 0.105 lying, 1.4 standing" },
    torso_quat     = { "qpos[3:7]", names = { "w", "x", "y", "z" }, doc = "orientation; (1, 0, 0, 0) as at the start" },
    torso_vel      = { "qvel[0:3]", names = { "x", "y", "z" }, unit = "m/s", doc = "torso, world frame" },
    head_pos       = { "geom:head.pos", unit = "m", doc = "centre of the head" },
    body_inertia   = { "cinert[1:]", doc = "com-based inertia of 13 bodies: 6 inertia terms, 3 mass x offset, mass" },
    body_velocity  = { "cvel[1:]", doc = "com-based velocity of 13 bodies: angular, linear" },
    joint_torque   = { "qfrc_actuator[6:]", unit = "N m", doc = "actuator force in the space of the 17 joints" },
    contact_forces = { "cfrc_ext[1:]", doc = "contact torque and force on each of 13 bodies" },
  },
  observation = { "qpos[2:24]", "qvel", "body_inertia", "body_velocity", "joint_torque", "contact_forces" },
  reset       = { qpos = uniform(-0.01, 0.01), qvel = uniform(-0.01, 0.01) },
  termination = {},
  success = { doc = "mean torso height of 0.6 m or more over the last 200 of 1000 steps", when = "end",
    memory = { sum = 0 },
    fn = function(s, a, p, m)
      if s.step > s.horizon - 200 then m.sum = m.sum + s.torso_pos.z end
      return s.step == s.horizon and m.sum >= 200 * p.goal_z
    end },
  metrics = {
    height      = { over = "mean", unit = "m", doc = "mean torso height", fn = function(s) return s.torso_pos.z end },
    best_height = { over = "max", unit = "m", doc = "highest torso height", fn = function(s) return s.torso_pos.z end },
  },
  reward = "gym",
}
