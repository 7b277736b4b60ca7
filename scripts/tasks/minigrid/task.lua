-- MiniGrid's tasks (3.2.0): boards, rules, observation and time limits are the reference's, seed for seed.
-- Another size of a family is one more line of the table at the end.

-- 7x7 cells of object, colour, state, each as one-hot inputs, and the direction.
local view = { { "image", one_hot = { 11, 6, 3 } }, { "direction", one_hot = { 4 } } }

local function empty(size)
  return task {
    doc = "Get to the green goal square of an empty room.",
    alias = { "MiniGrid-Empty-" .. size .. "x" .. size .. "-v0" },
    world = grid { "empty", size = size },
    horizon = 4 * size * size,
    observation = view,
    termination = { goal = "at_goal" },
    success = { "at_goal", when = "any", doc = "reached the goal" },
    metrics = {
      reached = { "at_goal", over = "max", doc = "1 if the goal was reached" },
    },
    reward = "gym",
  }
end

local function doorkey(size)
  return task {
    doc = "Fetch the key, open the door with it, then get to the goal.",
    alias = { "MiniGrid-DoorKey-" .. size .. "x" .. size .. "-v0" },
    world = grid { "doorkey", size = size },
    horizon = 10 * size * size,
    observation = view,
    termination = { goal = "at_goal" },
    success = { "at_goal", when = "any", doc = "reached the goal behind the locked door" },
    metrics = {
      key  = { "has_key", over = "max", doc = "1 if the key was ever picked up" },
      door = { "door_open", over = "max", doc = "1 if the door was ever opened" },
    },
    reward = "gym",
  }
end

return tasks {
  ["minigrid/empty_8x8"]   = empty(8),
  ["minigrid/doorkey_8x8"] = doorkey(8),
}
