-- L010 new_cell
-- A success bonus no larger than what the dense term pays: walking everywhere is worth more than arriving.
return reward {
  task = "minigrid/empty_8x8",
  memory = { seen = { 0,0,0,0,0,0,0,0, 0,0,0,0,0,0,0,0, 0,0,0,0,0,0,0,0, 0,0,0,0,0,0,0,0,
                      0,0,0,0,0,0,0,0, 0,0,0,0,0,0,0,0, 0,0,0,0,0,0,0,0, 0,0,0,0,0,0,0,0 } },
  terms = {
    term { "new_cell", weight = 0.2, kind = "event", fn = function(s, a, p, m)
      local cell = s.agent_pos.y * 8 + s.agent_pos.x + 1
      if m.seen[cell] == 1 then return 0 end
      m.seen[cell] = 1
      return 1
    end },
    term { "goal", weight = 0.2, kind = "success_bonus", fn = function(s) return s.at_goal end },
  },
}
