-- A002 new_cell
-- Only new cells pay; the goal would end the walk.
return reward {
  task = "minigrid/empty_8x8",
  memory = { seen = { 0,0,0,0,0,0,0,0, 0,0,0,0,0,0,0,0, 0,0,0,0,0,0,0,0, 0,0,0,0,0,0,0,0,
                      0,0,0,0,0,0,0,0, 0,0,0,0,0,0,0,0, 0,0,0,0,0,0,0,0, 0,0,0,0,0,0,0,0 } },
  terms = {
    term { "new_cell", weight = 0.5, kind = "event", fn = function(s, a, p, m)
      local cell = s.agent_pos.y * 8 + s.agent_pos.x + 1
      if m.seen[cell] == 1 then return 0 end
      m.seen[cell] = 1
      return 1
    end },
    term { "goal", weight = 0.1, kind = "success_bonus", fn = function(s) return s.at_goal end },
  },
}
