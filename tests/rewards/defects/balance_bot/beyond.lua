-- L008 near
-- Declared as 0 to 1, but negative beyond a metre.
return reward {
  task = "balance_bot",
  terms = {
    term { "near", weight = 1, range = { 0, 1 }, fn = function(s) return 1 - s.distance end },
    term { "alive", weight = 2, fn = function(s) return not s.terminated end },
  },
}
