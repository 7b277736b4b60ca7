-- The fingers come to the far side of the object first: pushed from the near side it goes away from the goal. What the
-- object covers towards the goal pays once (the sum telescopes), being near the goal pays every step. `arrived` is worth
-- more than all of that: an object that is pushed across the goal was near it too.
return reward {
  task = "pusher",
  doc = "Come to the object from behind, push it to the goal and leave it there.",
  params = {
    behind = param { 0.08, min = 0, max = 0.3, unit = "m", doc = "the fingers' place: so far behind the object, seen from the goal" },
    width  = param { 0.1, min = 0.02, max = 0.5, unit = "m", doc = "distance to the goal at which `near` is about a third" },
  },
  terms = {
    term { "reach", weight = -1.0, kind = "penalty", unit = "m", doc = "fingers to their place behind the object",
           fn = function(s, a, p)
             local out_x, out_y = s.object.x - s.goal.x, s.object.y - s.goal.y
             local share = p.behind / math.max(s.planar_distance, 1e-6)
             local x = s.tip.x - s.object.x - share * out_x
             local y = s.tip.y - s.object.y - share * out_y
             local z = s.tip.z - s.object.z
             return math.sqrt(x * x + y * y + z * z)
           end },
    term { "push", weight = 20.0, unit = "m", doc = "how much nearer to the goal the object came",
           fn = function(s) return s.prev.planar_distance - s.planar_distance end },
    term { "near", weight = 1.0, range = { 0, 1 }, doc = "1 on the goal, falling with distance",
           fn = function(s, a, p) return math.exp(-s.planar_distance / p.width) end },
    term { "arrived", weight = 40.0, kind = "success_bonus", range = { 0, 1 }, doc = "1 on the last step, if the object is within 5 cm of the goal",
           fn = function(s) return s.step == s.horizon and s.planar_distance <= 0.05 end },
    term { "ctrl", weight = -0.02, kind = "penalty", doc = "sum of squared actions",
           fn = function(s, a) return a:dot(a) end },
  },
}
