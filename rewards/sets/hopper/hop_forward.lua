-- A dense reward of our own for the demo: hop forward at a set speed, upright, without wasting torque.
-- `speed` earns full credit at p.speed and falls linearly to 0 at standstill; going backwards earns nothing, so
-- that leaning back is no way to stay alive cheaply. `alive` pays for time, `speed` for using it.
return reward {
  task = "hopper",
  doc = "Hop forward at up to a set speed, upright, without wasting torque.",
  params = {
    speed = param { 2.5, min = 0.5, max = 6, unit = "m/s", doc = "forward speed that earns full credit" },
    lean  = param { 0.2, min = 0.05, max = 1, unit = "rad", doc = "pitch at which `upright` is 0" },
  },
  terms = {
    term { "speed", weight = 2.0, range = { 0, 1 }, doc = "share of the set forward speed, at most 1",
           fn = function(s, a, p) return math.max(0, math.min(s.x_velocity / p.speed, 1)) end },
    term { "alive", weight = 1.0, range = { 0, 1 }, doc = "1 while healthy",
           fn = function(s) return s.healthy end },
    term { "upright", weight = 0.2, range = { 0, 1 }, doc = "1 upright, 0 at `lean` or more",
           fn = function(s, a, p) return math.max(0, 1 - math.abs(s.torso_pitch) / p.lean) end },
    term { "effort", weight = -1e-3, kind = "penalty", doc = "sum of squared actions",
           fn = function(s, a) return a:dot(a) end },
  },
}
