return reward {
  task = "balance_bot",
  doc = "1 for each step within 15 cm of the flag, nothing else.",
  params = { radius = param { 0.15, min = 0.02, max = 0.5, unit = "m", doc = "how near counts" } },
  terms = {
    term { "at_flag", weight = 1.0, range = { 0, 1 }, doc = "axle within `radius` of the flag",
           fn = function(s, a, p) return s.distance <= p.radius end },
  },
}
