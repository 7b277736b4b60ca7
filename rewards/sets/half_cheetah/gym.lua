return reward {
  task = "half_cheetah",
  doc = "Gymnasium's HalfCheetah-v5 reward: forward speed and a control cost.",
  terms = {
    term { "forward", weight = 1.0, unit = "m/s", doc = "forward speed over the step",
           fn = function(s) return s.x_velocity end },
    term { "ctrl", weight = -0.1, kind = "penalty", doc = "sum of squared actions",
           fn = function(s, a) return a:dot(a) end },
  },
}
