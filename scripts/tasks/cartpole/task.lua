-- Gymnasium's CartPole-v1: the teaching world (envs/cartpole/README.md). The world publishes all fields.
return task {
  doc = "A pole on a cart: push left or right so that it stays up.",
  alias = { "CartPole-v1" },
  world = cartpole {},
  horizon = 500,
  observation = { "x", "x_dot", "theta", "theta_dot" },
  termination = { off_track = "off_track", fallen = "fallen" },
  success = { doc = "upright and on the track for all 500 steps", when = "end",
    fn = function(s) return s.step == s.horizon and not s.terminated end },
  metrics = {
    upright_time = { over = "last", unit = "s", doc = "time until the end of the episode", fn = function(s) return s.t end },
    lean         = { over = "max", unit = "rad", doc = "largest lean", fn = function(s) return math.abs(s.theta) end },
    offset       = { over = "max", unit = "m", doc = "farthest from the middle", fn = function(s) return math.abs(s.x) end },
  },
  reward = "gym",
}
