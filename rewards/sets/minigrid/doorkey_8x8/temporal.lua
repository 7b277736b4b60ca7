-- The task as a formula: at some step the key, at a later one the open door, at a later one the goal. It is compiled to
-- the machine of key_door_goal.lua (rewards/lib/ltl.lua). `X F` instead of `F` says that the parts take a step each;
-- without it, all could hold at once and the potential would value the start as high as the last part.
local ltl = require "ltl"

local task = ltl { "F (key & X F (open & X F goal))",
  props = {
    key  = function(s) return s.has_key end,
    open = function(s) return s.door_open end,
    goal = function(s) return s.at_goal end,
  },
  gamma = 0.5,
}

return reward {
  task = "minigrid/doorkey_8x8",
  doc = "Key, then door, then goal, as a formula of linear temporal logic; shaped by its machine's values.",
  observe = { "u" },
  terms = {
    term { "task", weight = 1, kind = "success_bonus", range = { 0, 1 }, doc = "1 when the formula is fulfilled", fn = task.step },
    term { "time", weight = -0.0005, kind = "penalty", range = { 0, 1 }, doc = "1 a step", fn = function() return 1 end },
  },
  potential = task.potential,
  expect = {
    { state = { has_key = true }, terms = { task = 0 } },
    { state = { at_goal = true }, terms = { task = 0 } },
  },
}
