-- The task as a reward machine: find the key, open the door, reach the goal. Only the goal pays; the steps between are
-- valued by value iteration over the machine (rewards/lib/machine.lua): with gamma 0.5 they are worth 0.25, 0.5 and 1.
-- The policy sees the machine's state, which its 7x7 view does not always show.
local machine = require "machine"

local rm = machine.new {
  props = {
    key  = function(s) return s.has_key end,
    open = function(s) return s.door_open end,
    goal = function(s) return s.at_goal end,
  },
  { "find_key", "key", "open_door" },
  { "open_door", "open", "reach_goal" },
  { "reach_goal", "goal", "done", 1 },
  gamma = 0.5,
}

return reward {
  task = "minigrid/doorkey_8x8",
  doc = "Key, door, goal in this order, as a reward machine; shaped by its own values.",
  observe = { "u" },
  terms = {
    term { "task", weight = 1, kind = "success_bonus", range = { 0, 1 }, doc = "1 on reaching the goal after key and door",
           fn = rm.step },
    term { "time", weight = -0.0005, kind = "penalty", range = { 0, 1 }, doc = "1 a step", fn = function() return 1 end },
  },
  potential = rm.potential,
  expect = {
    { state = { has_key = true }, terms = { task = 0 } },
    { state = { at_goal = true }, memory = { u = 3 }, terms = { task = 1 } },
    { state = { at_goal = true }, memory = { u = 1 }, terms = { task = 0 } },
  },
}
