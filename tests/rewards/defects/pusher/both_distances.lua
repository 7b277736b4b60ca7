-- L006 planar
-- The distance to the goal twice: in space, and along the table on which the object can only slide.
return reward {
  task = "pusher",
  terms = {
    term { "arrived", weight = 100, kind = "success_bonus", fn = function(s)
      return s.step == s.horizon and s.planar_distance <= 0.05 end },
    term { "space", weight = -1, kind = "penalty", fn = function(s) return s.object_to_goal end },
    term { "planar", weight = -1, kind = "penalty", fn = function(s) return s.planar_distance end },
    term { "reach", weight = -0.5, kind = "penalty", fn = function(s) return s.tip_to_object end },
  },
}
