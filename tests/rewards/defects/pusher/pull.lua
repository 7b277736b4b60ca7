-- L007 away
-- A penalty for pushing the object away from the goal. It is signed, so pulling it nearer pays; and any way there and
-- back costs nothing.
return reward {
  task = "pusher",
  terms = {
    term { "arrived", weight = 100, kind = "success_bonus", fn = function(s)
      return s.step == s.horizon and s.planar_distance <= 0.05 end },
    term { "reach", weight = -0.5, kind = "penalty", fn = function(s) return s.tip_to_object end },
    term { "away", weight = -10, kind = "penalty", fn = function(s) return s.planar_distance - s.prev.planar_distance end },
  },
}
