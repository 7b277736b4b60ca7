-- L011 distance
-- Only costs: falling over at once ends them, driving to the flag does not.
return reward {
  task = "balance_bot",
  terms = {
    term { "distance", weight = -1, kind = "penalty", fn = function(s) return s.distance end },
    term { "effort", weight = -0.02, kind = "penalty", fn = function(s, a) return a:dot(a) end },
  },
}
