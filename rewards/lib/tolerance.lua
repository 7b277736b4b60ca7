-- tolerance(x, low, high, margin, sigmoid, value): 1 while low <= x <= high, falling to `value` (0.1) at `margin`
-- outside, with one of the sigmoids below. margin 0: 1 inside, 0 outside. x, low, high and margin share a unit;
-- low and high may be infinite.
--
-- The definition is that of the DeepMind Control Suite (Tassa et al. 2018, dm_control.utils.rewards.tolerance).
-- `linear`, `cosine` and `quadratic` reach 0 beyond the margin, the others only approach it.

local sqrt, log, exp, cos, pi, abs = math.sqrt, math.log, math.exp, math.cos, math.pi, math.abs

-- Each maps the distance in margins, d >= 0, to (0, 1]: 1 at 0, v at 1. 0 < v < 1; v may be 0 for linear,
-- cosine and quadratic.
local sigmoids = {
  gaussian = function(d, v)
    local scale = sqrt(-2 * log(v))
    return exp(-0.5 * (d * scale) ^ 2)
  end,
  hyperbolic = function(d, v)  -- 1 / cosh
    local y = 1 / v
    local x = d * log(y + sqrt(y * y - 1))
    return 2 / (exp(x) + exp(-x))
  end,
  long_tail = function(d, v)
    local scale = sqrt(1 / v - 1)
    return 1 / ((d * scale) ^ 2 + 1)
  end,
  reciprocal = function(d, v) return 1 / (d * (1 / v - 1) + 1) end,
  cosine = function(d, v)
    local x = d * math.acos(2 * v - 1) / pi
    return x < 1 and (1 + cos(pi * x)) / 2 or 0
  end,
  linear = function(d, v)
    local x = d * (1 - v)
    return x < 1 and 1 - x or 0
  end,
  quadratic = function(d, v)
    local x = d * sqrt(1 - v)
    return x < 1 and 1 - x * x or 0
  end,
  tanh_squared = function(d, v)
    local y = sqrt(1 - v)
    local t = math.tanh(d * 0.5 * log((1 + y) / (1 - y)))
    return 1 - t * t
  end,
}
local reaches_zero = { linear = true, cosine = true, quadratic = true }

return function(x, low, high, margin, sigmoid, value)
  margin, sigmoid, value = margin or 0, sigmoid or "gaussian", value or 0.1
  local f = sigmoids[sigmoid]
  if not f then
    error("tolerance: unknown sigmoid '" .. sigmoid .. "'; use gaussian, linear, long_tail, quadratic, cosine, "
          .. "hyperbolic, reciprocal or tanh_squared")
  end
  if low > high then error("tolerance: low is above high") end
  if margin < 0 then error("tolerance: the margin is negative") end
  if not (value < 1 and (value > 0 or (value == 0 and reaches_zero[sigmoid]))) then
    error("tolerance: the value at the margin must lie between 0 and 1")
  end
  if x >= low and x <= high then return 1 end
  if x ~= x then return x end
  if margin == 0 then return 0 end
  return f((x < low and low - x or x - high) / margin, value)
end
