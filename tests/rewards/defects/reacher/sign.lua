-- L007 distance
-- The term is minus the distance and the weight is negative too: being far away pays.
return reward {
  task = "reacher",
  terms = {
    term { "distance", weight = -1, kind = "penalty", fn = function(s) return -s.distance end },
  },
}
