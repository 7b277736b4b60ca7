-- An object that is pushed across the goal was there for some steps: only where it ends makes a success.
return reward {
  task = "pusher",
  doc = "1 for each step with the object within 5 cm of the goal and 100 for leaving it there, nothing else.",
  params = { radius = param { 0.05, min = 0.01, max = 0.3, unit = "m", doc = "how near counts, along the table" } },
  terms = {
    term { "at_goal", weight = 1.0, kind = "event", range = { 0, 1 }, doc = "object within `radius` of the goal",
           fn = function(s, a, p) return s.planar_distance <= p.radius end },
    term { "arrived", weight = 100.0, kind = "success_bonus", range = { 0, 1 }, doc = "1 on the last step, if it is there",
           fn = function(s, a, p) return s.step == s.horizon and s.planar_distance <= p.radius end },
  },
}
