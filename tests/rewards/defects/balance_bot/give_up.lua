-- A004 distance
-- Only costs, and a fall ends them: the policy learns to fall at once.
return reward {
  task = "balance_bot",
  terms = {
    term { "distance", weight = -1, kind = "penalty", fn = function(s) return s.distance end },
    term { "effort", weight = -0.02, kind = "penalty", fn = function(s, a) return a:dot(a) end },
  },
}
