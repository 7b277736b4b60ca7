-- Says how well the pole stands, not only that it does: upright, in the middle, at rest.
return reward {
  task = "cartpole",
  doc = "Stand upright in the middle of the track, without swinging.",
  params = {
    lean   = param { 0.2, min = 0.02, max = 0.42, unit = "rad", doc = "lean at which `upright` is 0" },
    offset = param { 2.4, min = 0.1, max = 2.4, unit = "m", doc = "distance from the middle at which `centred` is 0" },
  },
  terms = {
    term { "upright", weight = 1.0, range = { 0, 1 }, doc = "1 upright, 0 at `lean` or more",
           fn = function(s, a, p) return math.max(0, 1 - math.abs(s.theta) / p.lean) end },
    term { "centred", weight = 0.5, range = { 0, 1 }, doc = "1 in the middle, 0 at `offset` or more",
           fn = function(s, a, p) return math.max(0, 1 - math.abs(s.x) / p.offset) end },
    term { "swing", weight = -0.02, kind = "penalty", doc = "squared angular velocity",
           fn = function(s) return s.theta_dot * s.theta_dot end },
  },
  expect = {
    { state = { theta = 0, x = 0, theta_dot = 0 }, terms = { upright = 1, centred = 1, swing = 0 } },
    { state = { theta = -0.1, x = 1.2, theta_dot = 2 }, terms = { upright = 0.5, centred = 0.5, swing = 4 } },
  },
}
