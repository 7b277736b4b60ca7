-- L013 on_target
-- Pays once a step, so the return depends on how many steps a second has.
return reward {
  task = "reacher",
  terms = {
    term { "on_target", weight = 1, kind = "event", fn = function(s) return s.distance <= 0.02 end },
  },
}
