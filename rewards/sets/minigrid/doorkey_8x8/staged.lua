-- Key, door, goal, one after the other. Each stage pays for getting nearer to its target (which telescopes) and once
-- for reaching it: dropping and fetching the key again, or closing and opening the door, earns nothing.
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
    term { "door", weight = 0.3, kind = "event", range = { 0, 1 }, doc = "the door is opened for the first time",
           fn = function(s, a, p, m)
             if m.had_door == 1 or not s.door_open then return 0 end
             m.had_door = 1
             return 1
           end },
    term { "goal", weight = 1.0, kind = "success_bonus", range = { 0, 1 }, doc = "1 on reaching the goal",
           fn = function(s) return s.at_goal end },
    term { "time", weight = -0.0005, kind = "penalty", range = { 0, 1 }, doc = "1 a step", fn = function() return 1 end },
  },
  expect = {
    { prev = { agent_pos = { 1, 1 }, key_pos = { 1, 4 } }, state = { agent_pos = { 1, 2 }, key_pos = { 1, 4 } },
      terms = { to_key = 1, to_door = 0, to_goal = 0, key = 0 } },
    { state = { has_key = true }, terms = { key = 1, to_key = 0, door = 0 } },
    { state = { has_key = true }, memory = { had_key = 1 }, terms = { key = 0 } },
    { prev = { agent_pos = { 2, 3 }, door_pos = { 4, 4 } }, state = { agent_pos = { 2, 2 }, door_pos = { 4, 4 } },
      memory = { had_key = 1 }, terms = { to_key = 0, to_door = -1, to_goal = 0 } },
    { state = { door_open = true }, memory = { had_key = 1 }, terms = { door = 1 } },
    { prev = { agent_pos = { 4, 4 }, goal_pos = { 6, 6 } }, state = { agent_pos = { 5, 4 }, goal_pos = { 6, 6 } },
      memory = { had_key = 1, had_door = 1 }, terms = { to_goal = 1, door = 0, to_door = 0 } },
  },
}
