-- L011 effort
-- Everything costs and moving costs most: standing still near the target is worth more than a success.
return reward {
  task = "reacher",
  terms = {
    term { "distance", weight = -1, kind = "penalty", fn = function(s) return s.distance end },
    term { "effort", weight = -20, kind = "penalty", fn = function(s, a) return a:dot(a) end },
  },
}
