-- L001 efficiency
-- The share of the way walked that led nearer: 0/0 whenever the agent does not walk.
return reward {
  task = "minigrid/empty_8x8",
  derive = { distance = function(s)
    return math.abs(s.agent_pos.x - s.goal_pos.x) + math.abs(s.agent_pos.y - s.goal_pos.y) end },
  terms = {
    term { "goal", weight = 1, kind = "success_bonus", fn = function(s) return s.at_goal end },
    term { "efficiency", weight = 0.001, range = { -1, 1 }, fn = function(s)
      local walked = math.abs(s.agent_pos.x - s.prev.agent_pos.x) + math.abs(s.agent_pos.y - s.prev.agent_pos.y)
      return (s.prev.distance - s.distance) / walked
    end },
  },
}
