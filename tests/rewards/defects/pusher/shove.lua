-- L010 shove
-- Pulling pays as pushing: any motion of the object counts, wherever it goes, and arriving is worth little beside it.
return reward {
  task = "pusher",
  terms = {
    term { "shove", weight = 100, fn = function(s) return math.abs(s.planar_distance - s.prev.planar_distance) end },
    term { "reach", weight = -0.05, kind = "penalty", fn = function(s) return s.tip_to_object end },
    term { "arrived", weight = 1, kind = "success_bonus", fn = function(s)
      return s.step == s.horizon and s.planar_distance <= 0.05 end },
  },
}
