-- A004 effort
-- Every move costs more torque than its speed is worth: the policy learns to fall at once.
return reward {
  task = "hopper",
  terms = {
    term { "speed", weight = 0.2, range = { 0, 1 }, fn = function(s) return math.max(0, math.min(s.x_velocity / 2.5, 1)) end },
    term { "effort", weight = -1, kind = "penalty", fn = function(s, a) return a:dot(a) end },
  },
}
