-- L007 distance
-- The term is minus the distance and the weight is negative too: being far away pays.
return reward {
  task = "reacher",
  terms = {
    term { "on_target", weight = 1, kind = "event", fn = function(s) return s.distance <= 0.02 end },
    term { "distance", weight = -0.1, kind = "penalty", fn = function(s) return -s.distance end },
  },
}
