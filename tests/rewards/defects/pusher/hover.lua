-- A001 hover
-- Fingers within 40 cm of the object are paid in full: the policy learns to hover there and never pushes.
return reward {
  task = "pusher",
  terms = {
    term { "hover", weight = 1, range = { 0, 1 }, fn = function(s) return math.max(0, math.min(1, (0.7 - s.tip_to_object) / 0.3)) end },
    term { "push", weight = 1, fn = function(s) return s.prev.planar_distance - s.planar_distance end },
  },
}
