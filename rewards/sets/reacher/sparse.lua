return reward {
  task = "reacher",
  doc = "1 for each step with the fingertip within 2 cm of the target, nothing else.",
  params = { radius = param { 0.02, min = 0.005, max = 0.1, unit = "m", doc = "how near counts" } },
  terms = {
    term { "on_target", weight = 1.0, kind = "event", range = { 0, 1 }, doc = "fingertip within `radius` of the target",
           fn = function(s, a, p) return s.distance <= p.radius end },
  },
}
