-- Getting nearer pays while it lasts (the sum telescopes to the distance covered); being near pays every step.
return reward {
  task = "balance_bot",
  doc = "Drive to the flag and stand there: progress, nearness, balance, little effort.",
  params = {
    reach = param { 0.5, min = 0.05, max = 2, unit = "m", doc = "distance at which `near` is about a third" },
  },
  terms = {
    term { "progress", weight = 1.0, unit = "m/s", doc = "speed towards the flag",
           fn = function(s) return (s.prev.distance - s.distance) / s.dt end },
    term { "near", weight = 1.0, range = { 0, 1 }, doc = "1 at the flag, falling with distance",
           fn = function(s, a, p) return math.exp(-s.distance / p.reach) end },
    term { "alive", weight = 0.5, range = { 0, 1 }, doc = "1 while standing",
           fn = function(s) return not s.terminated end },
    term { "upright", weight = 0.2, range = { 0, 1 }, doc = "1 upright", fn = function(s) return math.cos(s.lean) end },
    term { "spin", weight = -0.02, kind = "penalty", doc = "squared turning rate",
           fn = function(s) return s.spin.yaw * s.spin.yaw end },
    term { "effort", weight = -0.02, kind = "penalty", doc = "sum of squared actions",
           fn = function(s, a) return a:dot(a) end },
  },
}
