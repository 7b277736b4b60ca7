-- Scores in 0 .. 1. See also tolerance.
local score = {}

-- reach: 1 - tanh(k * d), 1 at distance d = 0, falling to 0.24 at d = 1 / k. d in m and k in 1/m (default 1), or any
-- such pair. The reaching term of robosuite and of ManiSkill.
function score.reach(d, k) return 1 - math.tanh((k or 1) * d) end

-- hamacher: of two scores a * b / (a + b - a * b): 0 if one is 0, 1 if both are 1, and above their product. More
-- scores are taken in order. (Hamacher 1978; the "and" of Meta-World v2, Yu et al. 2020.)
function score.hamacher(a, b, ...)
  if not (a >= 0 and a <= 1 and b >= 0 and b <= 1) then
    if a ~= a or b ~= b then return a + b end
    error("score.hamacher: scores lie in 0 .. 1")
  end
  local both = a + b - a * b
  local value = both > 0 and a * b / both or 0
  if select("#", ...) == 0 then return value end
  return score.hamacher(value, ...)
end

-- clip_norm: (x - low) / (high - low), clipped to 0 .. 1: 0 at low, 1 at high, which may lie below low. All three in
-- one unit.
function score.clip_norm(x, low, high)
  if low == high then error("score.clip_norm: low and high are equal") end
  return math.max(0, math.min(1, (x - low) / (high - low)))
end

return score
