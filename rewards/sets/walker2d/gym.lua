return reward {
  task = "walker2d",
  doc = "Gymnasium's Walker2d-v5 reward: forward speed, a bonus for staying healthy, a small control cost.",
  terms = {
    term { "forward", weight = 1.0, unit = "m/s", doc = "forward speed over the step",
           fn = function(s) return s.x_velocity end },
    term { "survive", weight = 1.0, doc = "1 while healthy", fn = function(s) return s.healthy end },
    term { "ctrl", weight = -1e-3, kind = "penalty", doc = "sum of squared actions",
           fn = function(s, a) return a:dot(a) end },
  },
}
