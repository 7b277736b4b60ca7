-- L011 moved
-- Standing still maximises a sum of penalties.
return reward {
  task = "minigrid/empty_8x8",
  terms = {
    term { "goal", weight = 0.3, kind = "success_bonus", fn = function(s) return s.at_goal end },
    term { "moved", weight = -0.05, kind = "penalty", fn = function(s)
      return math.abs(s.agent_pos.x - s.prev.agent_pos.x) + math.abs(s.agent_pos.y - s.prev.agent_pos.y) end },
  },
}
