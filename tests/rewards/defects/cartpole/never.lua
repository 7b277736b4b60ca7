-- L002 at_rest
-- Pays for standing perfectly still, which no pole ever does: nothing to follow.
return reward {
  task = "cartpole",
  terms = {
    term { "alive", weight = 1, fn = function() return 1 end },
    term { "at_rest", weight = 1, range = { 0, 1 }, fn = function(s)
      return math.abs(s.theta) + math.abs(s.theta_dot) + math.abs(s.x_dot) < 1e-4 end },
  },
}
