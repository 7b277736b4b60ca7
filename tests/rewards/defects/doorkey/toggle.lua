-- A005 door
-- As the shipped staged reward, but every time that the door is opened pays: closing and opening it pays for ever.
return reward {
  task = "minigrid/doorkey_8x8",
  doc = "Fetch the key, open the door, go to the goal: once for each, and for getting nearer to the next.",
  mute = { L002 = "the later stages are rare for policies that do not get so far" },
  memory = { had_key = 0, had_door = 0 },
  derive = {
    to_key = function(s)
      return math.abs(s.agent_pos.x - s.key_pos.x) + math.abs(s.agent_pos.y - s.key_pos.y)
    end,
    to_door = function(s)
      return math.abs(s.agent_pos.x - s.door_pos.x) + math.abs(s.agent_pos.y - s.door_pos.y)
    end,
    to_goal = function(s)
      return math.abs(s.agent_pos.x - s.goal_pos.x) + math.abs(s.agent_pos.y - s.goal_pos.y)
    end,
  },
  terms = {
    term { "to_key", weight = 0.02, kind = "shaping", range = { -1, 1 }, unit = "cell", doc = "cells nearer to the key, before it was taken",
           fn = function(s, a, p, m)
             if m.had_key == 1 or s.has_key then return 0 end
             return s.prev.to_key - s.to_key
           end },
    term { "to_door", weight = 0.02, kind = "shaping", range = { -1, 1 }, unit = "cell", doc = "cells nearer to the door, with the key",
           fn = function(s, a, p, m)
             if m.had_key == 0 or m.had_door == 1 then return 0 end
             return s.prev.to_door - s.to_door
           end },
    term { "to_goal", weight = 0.02, kind = "shaping", range = { -1, 1 }, unit = "cell", doc = "cells nearer to the goal, once the door was opened",
           fn = function(s, a, p, m)
             if m.had_door == 0 then return 0 end
             return s.prev.to_goal - s.to_goal
           end },
    term { "key", weight = 0.2, kind = "event", range = { 0, 1 }, doc = "the key is taken for the first time",
           fn = function(s, a, p, m)
             if m.had_key == 1 or not s.has_key then return 0 end
             m.had_key = 1
             return 1
           end },
    term { "door", weight = 0.3, kind = "event", range = { 0, 1 }, doc = "the door is opened",
           fn = function(s, a, p, m)
             if not s.door_open then return 0 end
             m.had_door = 1
             return s.prev.door_open and 0 or 1
           end },
    term { "goal", weight = 1.0, kind = "success_bonus", range = { 0, 1 }, doc = "1 on reaching the goal",
           fn = function(s) return s.at_goal end },
    term { "time", weight = -0.0005, kind = "penalty", range = { 0, 1 }, doc = "1 a step", fn = function() return 1 end },
  },
}
