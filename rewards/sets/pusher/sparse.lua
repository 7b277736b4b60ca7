return reward {
  task = "pusher",
  doc = "1 for each step with the object within 5 cm of the goal, nothing else.",
  params = { radius = param { 0.05, min = 0.01, max = 0.3, unit = "m", doc = "how near counts, along the table" } },
  terms = {
    term { "at_goal", weight = 1.0, kind = "event", range = { 0, 1 }, doc = "object within `radius` of the goal",
           fn = function(s, a, p) return s.planar_distance <= p.radius end },
  },
}
