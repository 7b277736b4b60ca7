-- The distance covered telescopes: walking to and fro earns nothing.
return reward {
  task = "minigrid/empty_8x8",
  doc = "Get nearer to the goal with every step, and do not dawdle.",
  derive = {
    distance = function(s)
      return math.abs(s.agent_pos.x - s.goal_pos.x) + math.abs(s.agent_pos.y - s.goal_pos.y)
    end,
  },
  terms = {
    term { "goal", weight = 1.0, kind = "success_bonus", range = { 0, 1 }, doc = "1 on reaching the goal",
           fn = function(s) return s.at_goal end },
    term { "progress", weight = 0.05, kind = "shaping", range = { -1, 1 }, unit = "cell", doc = "cells nearer to the goal",
           fn = function(s) return s.prev.distance - s.distance end },
    term { "time", weight = -0.002, kind = "penalty", range = { 0, 1 }, doc = "1 a step", fn = function() return 1 end },
  },
  expect = {
    { prev = { agent_pos = { 3, 1 } }, state = { agent_pos = { 4, 1 } }, terms = { progress = 1, goal = 0 } },
    { prev = { agent_pos = { 3, 2 } }, state = { agent_pos = { 3, 1 } }, terms = { progress = -1 } },
    { state = { agent_pos = { 6, 6 }, at_goal = true }, terms = { progress = 0, goal = 1, time = 1 } },
  },
}
