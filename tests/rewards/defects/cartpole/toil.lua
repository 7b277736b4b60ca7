-- A004 toil
-- Every step costs more than standing upright pays: the policy learns to fall at once.
return reward {
  task = "cartpole",
  terms = {
    term { "toil", weight = -1, kind = "penalty", fn = function() return 1 end },
    term { "upright", weight = 0.2, fn = function(s) return math.cos(s.theta) end },
  },
}
