-- L003 above
-- Pays for holding the object above the goal, as for grippers; here it never leaves the table, which is above it.
return reward {
  task = "pusher",
  terms = {
    term { "arrived", weight = 100, kind = "success_bonus", fn = function(s)
      return s.step == s.horizon and s.planar_distance <= 0.05 end },
    term { "reach", weight = -0.5, kind = "penalty", fn = function(s) return s.tip_to_object end },
    term { "above", weight = 1, fn = function(s) return s.object.z > s.goal.z end },
  },
}
