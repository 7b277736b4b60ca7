-- Gymnasium's InvertedPendulum-v5 (model file of the installed gymnasium package).
return task {
  doc = "Cart on a rail: keep the pole upright.",
  alias = { "InvertedPendulum-v5" },
  world = mujoco { model = asset "gymnasium:envs/mujoco/assets/inverted_pendulum.xml", frame_skip = 2 },
  horizon = 1000,
  params = { goal_steps = param { 950, min = 10, max = 1000, doc = "steps that count as success" } },
  fields = {
    qpos       = { "qpos", role = "pose", doc = "cart position, pole angle" },
    qvel       = { "qvel", doc = "cart velocity, pole rate" },
    cart_pos   = { "qpos[0]", unit = "m", doc = "the rail ends at +-1" },
    pole_angle = { "qpos[1]", unit = "rad", doc = "0 upright" },
    cart_vel   = { "qvel[0]", unit = "m/s", doc = "along the rail" },
    pole_rate  = { "qvel[1]", unit = "rad/s", doc = "positive towards +x" },
    healthy    = { dtype = "bool", doc = "pole within 0.2 rad (a non-finite state is a fault)",
                   fn = function(s) return math.abs(s.pole_angle) <= 0.2 end },
  },
  observation = { "qpos", "qvel" },
  reset       = { qpos = uniform(-0.01, 0.01), qvel = uniform(-0.01, 0.01) },
  termination = { fallen = function(s) return not s.healthy end },
  success = { doc = "950 steps without dropping the pole", when = "any",
    fn = function(s, a, p) return s.step >= p.goal_steps and s.healthy end },
  metrics = {
    mean_angle = { over = "mean", unit = "rad", doc = "mean distance from upright",
                   fn = function(s) return math.abs(s.pole_angle) end },
  },
  reward = "gym",
}
