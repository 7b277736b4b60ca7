-- L013 distance
-- Pays once a step, so the return depends on how many steps a second has.
return reward {
  task = "reacher",
  terms = {
    term { "distance", weight = -1, kind = "penalty", fn = function(s) return s.distance end },
  },
}
