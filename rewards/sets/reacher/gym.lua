return reward {
  task = "reacher",
  doc = "Gymnasium's Reacher-v5 reward: distance of the fingertip, control cost.",
  mute = { L011 = "the published reward: it has no bonus, so how near the target starts decides" },
  terms = {
    term { "dist", weight = -1.0, kind = "penalty", unit = "m", doc = "fingertip to target",
           fn = function(s) return s.distance end },
    term { "ctrl", weight = -1.0, kind = "penalty", doc = "sum of squared actions",
           fn = function(s, a) return a:dot(a) end },
  },
}
