-- L004 moving
-- Full at five thousandths of a turn a second: the term is exactly 1 almost everywhere and has no slope.
return reward {
  task = "balance_bot",
  terms = {
    term { "progress", weight = 1, fn = function(s) return (s.prev.distance - s.distance) / s.dt end },
    term { "moving", weight = 0.01, range = { 0, 1 }, fn = function(s) return math.min(1, math.abs(s.wheels.left) / 0.03) end },
    term { "alive", weight = 0.5, fn = function(s) return not s.terminated end },
  },
}
