-- L003 living
-- A bonus for being alive where nothing can die.
return reward {
  task = "reacher",
  terms = {
    term { "distance", weight = -1, kind = "penalty", fn = function(s) return s.distance end },
    term { "living", weight = 0.5, fn = function() return 1 end },
  },
}
