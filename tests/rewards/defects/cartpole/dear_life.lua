-- L011 swing
-- Each step costs, so falling at once is best.
return reward {
  task = "cartpole",
  terms = {
    term { "upright", weight = 0.1, fn = function(s) return math.max(0, 1 - math.abs(s.theta) / 0.2) end },
    term { "swing", weight = -1, kind = "penalty", fn = function(s) return 0.3 + s.theta_dot * s.theta_dot end },
  },
}
