return reward {
  task = "swimmer",
  doc = "Gymnasium's Swimmer-v5 reward: forward speed and a tiny control cost.",
  terms = {
    term { "forward", weight = 1.0, unit = "m/s", doc = "forward speed over the step",
           fn = function(s) return s.x_velocity end },
    term { "ctrl", weight = -1e-4, kind = "penalty", doc = "sum of squared actions",
           fn = function(s, a) return a:dot(a) end },
  },
}
