-- L009 survive
-- Staying up makes nearly all of the reward.
return reward {
  task = "hopper",
  terms = {
    term { "speed", weight = 0.1, fn = function(s) return math.max(0, math.min(s.x_velocity, 2.5)) end },
    term { "survive", weight = 5, fn = function(s) return s.healthy end },
  },
}
