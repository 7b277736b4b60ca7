-- L003 living
-- A bonus for being alive where nothing can die.
return reward {
  task = "reacher",
  terms = {
    term { "on_target", weight = 1, kind = "event", fn = function(s) return s.distance <= 0.02 end },
    term { "living", weight = 0.5, fn = function() return 1 end },
  },
}
