-- A001 speed
-- Pays for the cart's speed: the pole is only in the way.
return reward {
  task = "cartpole",
  terms = {
    term { "speed", weight = 1, fn = function(s) return math.abs(s.x_dot) end },
    term { "upright", weight = 0.05, fn = function(s) return math.cos(s.theta) end },
  },
}
