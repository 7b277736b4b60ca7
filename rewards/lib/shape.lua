-- Stages of a reward's `shape` list: what happens to a step's total before it becomes the reward.
local shape = {}

-- Clamps the total to [low, high].
function shape.clip(low, high)
  assert(type(low) == "number" and type(high) == "number" and low <= high,
         "shape.clip(low, high) needs two numbers, low <= high")
  return { stage = "clip", low, high }
end

return shape
