-- L012 nearer
-- Meant as shaping, but it pays one way only and does not take back what it paid.
return reward {
  task = "minigrid/empty_8x8",
  derive = { distance = function(s)
    return math.abs(s.agent_pos.x - s.goal_pos.x) + math.abs(s.agent_pos.y - s.goal_pos.y) end },
  terms = {
    term { "goal", weight = 1, kind = "success_bonus", fn = function(s) return s.at_goal end },
    term { "nearer", weight = 0.001, kind = "shaping", fn = function(s)
      return math.max(0, s.prev.distance - s.distance) end },
  },
}
