-- A003 alive
-- A bonus for being alive where arriving ends the episode.
return reward {
  task = "minigrid/empty_8x8",
  terms = {
    term { "alive", weight = 0.1, fn = function() return 1 end },
    term { "goal", weight = 1, kind = "success_bonus", fn = function(s) return s.at_goal end },
  },
}
