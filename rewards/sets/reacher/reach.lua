-- The distance alone pays most to who starts near the target, whether the arm moves or not. Being on the target outweighs
-- that; `near` says where it is.
return reward {
  task = "reacher",
  doc = "Bring the fingertip to the target and keep it there, with little effort.",
  params = {
    radius = param { 0.02, min = 0.005, max = 0.1, unit = "m", doc = "distance that counts as on the target" },
    reach  = param { 0.3, min = 0.02, max = 0.5, unit = "m", doc = "distance at which `near` is 0" },
  },
  terms = {
    term { "near", weight = 0.5, range = { 0, 1 }, doc = "1 on the target, 0 at `reach` or more",
           fn = function(s, a, p) return math.max(0, 1 - s.distance / p.reach) end },
    term { "on_target", weight = 1.0, kind = "event", range = { 0, 1 }, doc = "fingertip within `radius` of the target",
           fn = function(s, a, p) return s.distance <= p.radius end },
    term { "effort", weight = -0.5, kind = "penalty", doc = "sum of squared actions",
           fn = function(s, a) return a:dot(a) end },
  },
  expect = {
    { state = { distance = 0.01 }, terms = { on_target = 1 } },
    { state = { distance = 0.15 }, terms = { near = 0.5, on_target = 0 } },
  },
}
