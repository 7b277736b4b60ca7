-- Gymnasium's InvertedDoublePendulum-v5 (model file of the installed gymnasium package).
return task {
  doc = "Cart on a rail: balance two poles, one on the other.",
  alias = { "InvertedDoublePendulum-v5" },
  world = mujoco { model = asset "gymnasium:envs/mujoco/assets/inverted_double_pendulum.xml", frame_skip = 5 },
  horizon = 1000,
  params = { goal_distance = param { 0.1, min = 0.01, max = 0.5, unit = "m", doc = "mean tip distance from (0, 1.2) over the last 200 steps that counts as success" } },
  fields = {
    qpos       = { "qpos", role = "pose", doc = "cart position, pole 1 angle, pole 2 angle relative to pole 1" },
    qvel       = { "qvel", doc = "cart velocity, pole rates" },
    cart_pos   = { "qpos[0]", unit = "m", doc = "the rail ends at +-1" },
    tip        = { "site:tip.pos", unit = "m", doc = "tip of the second pole; z is 1.2 upright" },
    rail_force = { "qfrc_constraint[0]", unit = "N", doc = "force of the rail's end on the cart" },
    sin_pole1  = { doc = "sine of pole 1's angle", fn = function(s) return math.sin(s.qpos[2]) end },
    sin_pole2  = { doc = "sine of pole 2's angle", fn = function(s) return math.sin(s.qpos[3]) end },
    cos_pole1  = { doc = "cosine of pole 1's angle", fn = function(s) return math.cos(s.qpos[2]) end },
    cos_pole2  = { doc = "cosine of pole 2's angle", fn = function(s) return math.cos(s.qpos[3]) end },
    healthy    = { dtype = "bool", doc = "tip above 1 m", fn = function(s) return s.tip.z > 1 end },
  },
  observation = { "cart_pos", "sin_pole1", "sin_pole2", "cos_pole1", "cos_pole2",
                  { "qvel", clip = 10 }, { "rail_force", clip = 10 } },
  reset       = { qpos = uniform(-0.1, 0.1), qvel = normal(0.1) },
  termination = { fallen = function(s) return not s.healthy end },
  success = { doc = "1000 steps without falling, tip within 0.1 m of upright over the last 200", when = "end",
    memory = { sum = 0 },
    fn = function(s, a, p, m)
      if s.step > s.horizon - 200 then
        local x, z = s.tip.x, s.tip.z - 1.2
        m.sum = m.sum + math.sqrt(x * x + z * z)
      end
      return s.step == s.horizon and not s.terminated and m.sum <= 200 * p.goal_distance
    end },
  metrics = {
    tip_height = { over = "mean", unit = "m", doc = "mean height of the tip", fn = function(s) return s.tip.z end },
    cart_range = { over = "max", unit = "m", doc = "farthest cart position", fn = function(s) return math.abs(s.cart_pos) end },
  },
  reward = "gym",
}
