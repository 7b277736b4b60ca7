-- L006 lean
-- Uprightness in two disguises.
return reward {
  task = "cartpole",
  terms = {
    term { "upright", weight = 1, fn = function(s) return math.cos(s.theta) end },
    term { "lean", weight = -1, kind = "penalty", fn = function(s) return s.theta * s.theta end },
  },
}
