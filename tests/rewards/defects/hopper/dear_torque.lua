-- L011 effort
-- Hopping costs more torque than the speed is worth: falling over without a move is best.
return reward {
  task = "hopper",
  terms = {
    term { "speed", weight = 0.2, range = { 0, 1 }, fn = function(s) return math.max(0, math.min(s.x_velocity / 2.5, 1)) end },
    term { "effort", weight = -1, kind = "penalty", fn = function(s, a) return a:dot(a) end },
  },
}
