-- How a reward is shaped. Three kinds of things:
--   stages     clip, par, cap, delta, normalize: for the list `shape = { ... }` of a reward
--   parts      once, progress, nearest, visits, stages, gate, smooth, infractions: for `fn = ...` of a term. A part
--              is { fn, memory, uses } (rewards/README.md, "Parts"); `name` is that of its entry in `memory`
--   functions  energy: of numbers
-- In parts, a condition is a function(s, a, p, m) whose true or non-zero value counts, and other functions are
-- terms' functions or parts. Potential-based shaping is the key `potential` of a reward, not a function here.

local shape = {}
local max, min, abs, floor, sqrt = math.max, math.min, math.abs, math.floor, math.sqrt

local function is_number(x) return type(x) == "number" and x == x end
local function check_name(name, call)
  assert(type(name) == "string", call .. ": the first argument is the name of its memory entry")
end
-- The function of a part, or a function itself.
local function fn_of(f, call)
  local fn = type(f) == "table" and f.fn or f
  assert(type(fn) == "function", call .. " needs a function(s, a, p, m), or a part")
  return fn
end
local function holds(value) return value and value ~= 0 end

-- ---- stages ------------------------------------------------------------------------------------------
-- Causal stages change each step's `reward`, in the order of the list. r is what the stage before gave.

-- clip: r in [low, high].
function shape.clip(low, high)
  assert(is_number(low) and is_number(high) and low <= high, "shape.clip(low, high) needs two numbers, low <= high")
  return { stage = "clip", low, high }
end

-- par: sigmoid((r - reference) / scale), in (0, 1), 1/2 at the reference: grows fast at first, then ever slower, so
-- that driving r on and on earns little. With several references, the mean over them. reference and scale (default
-- 1) are in units of r. (Fu et al. 2025, "Reward Shaping to Mitigate Reward Hacking in RLHF", PAR.)
function shape.par(reference, scale)
  scale = scale or 1
  local list = type(reference) == "table" and reference or { reference }
  assert(#list > 0, "shape.par(reference, scale) needs a reference: a number or a list of numbers")
  for _, r in ipairs(list) do assert(is_number(r) and abs(r) < math.huge, "shape.par: a reference is a number") end
  assert(is_number(scale) and scale > 0 and scale < math.huge, "shape.par: scale must be above 0")
  return { stage = "par", scale, unpack(list) }
end

-- Buffer stages come last. They change only what the learner learns from, `reward_learn`, never `reward`. They act on
-- the whole reward: with cap, a success bonus earns nothing above eta either.

-- cap: min(r, eta) - eta. Nothing above eta earns anything, all below costs, so that doing a good step once more
-- earns nothing. (Gao et al. 2024, "On Designing Effective RL Reward at Training Time for LLM Reasoning", Clip.)
function shape.cap(eta)
  assert(is_number(eta) and abs(eta) < math.huge, "shape.cap(eta) needs a number")
  return { stage = "cap", eta }
end

-- delta: r_k - r_(k+1), and r_K at an episode's end. From any step on the sum is that step's own r, so that repeating
-- a step earns nothing. Often after cap. (The same work, Delta.)
function shape.delta() return { stage = "delta" } end

-- normalize: the learner's own scaling of rewards by the deviation of their discounted sum. on = false turns it off;
-- clip bounds the scaled reward. Without this stage the settings of the training run hold.
function shape.normalize(options)
  options = options or {}
  local on, clip = options.on ~= false, options.clip or 10
  assert(is_number(clip) and clip > 0, "shape.normalize: clip must be above 0")
  return { stage = "normalize", on and 1 or 0, clip }
end

-- ---- parts -------------------------------------------------------------------------------------------

-- once: 1 in the first step of an episode in which the condition holds, else 0. m[name] is 1 from then on.
function shape.once(name, condition)
  check_name(name, "shape.once")
  local when = fn_of(condition, "shape.once")
  return { memory = { [name] = 0 }, uses = { condition }, fn = function(s, a, p, m)
    if m[name] == 0 and holds(when(s, a, p, m)) then
      m[name] = 1
      return 1
    end
    return 0
  end }
end

-- progress: how much the distance shrank in this step, in its unit. The sum over an episode is start minus end, so
-- going to and fro earns nothing. distance is a function(s) of one state; it is called with s.prev as well.
function shape.progress(distance)
  local d = fn_of(distance, "shape.progress")
  return { uses = { distance }, fn = function(s) return d(s.prev) - d(s) end }
end

-- nearest: how much the distance shrank below the least so far in the episode, 0 otherwise: pays each metre once and
-- never charges for a detour. m[name] is the least distance.
function shape.nearest(name, distance)
  check_name(name, "shape.nearest")
  local d = fn_of(distance, "shape.nearest")
  assert(type(distance) == "function", "shape.nearest needs a function(s) of one state")
  return { memory = { [name] = distance }, uses = { distance }, fn = function(s, a, p, m)
    local now, least = d(s), m[name]
    if not (now < least) then return 0 end
    m[name] = now
    return least - now
  end }
end

-- visits: 1 / sqrt(n) for the n-th step of the episode in the current bin of a progress value, which is cut into
-- `bins` equal parts from low to high (default 0 to 1; beyond counts in the last bin). m[name] counts visits by bin.
-- The bonus of MBIE-EB (Strehl and Littman 2008) over discretised progress, as ProgressCounts (Sarukkai et al. 2024).
function shape.visits(name, options, progress)
  check_name(name, "shape.visits")
  local bins, low, high = options.bins, options.low or 0, options.high or 1
  assert(is_number(bins) and bins >= 1 and bins == floor(bins), "shape.visits: bins must be a whole number above 0")
  assert(is_number(low) and is_number(high) and low < high, "shape.visits: low must be below high")
  local value = fn_of(progress, "shape.visits")
  local counts = {}
  for i = 1, bins do counts[i] = 0 end
  return { memory = { [name] = counts }, uses = { progress }, fn = function(s, a, p, m)
    local x = (value(s, a, p, m) - low) / (high - low)
    if x ~= x then return x end
    local bin, visited = max(1, min(bins, floor(x * bins) + 1)), m[name]
    local n = visited[bin] + 1
    visited[bin] = n
    return 1 / sqrt(n)
  end }
end

-- stages: milestones in a fixed order. m[name] is how many are reached; the value is how many were reached in this
-- step (a condition counts only after those before it).
function shape.stages(name, conditions)
  check_name(name, "shape.stages")
  local when = {}
  for i, condition in ipairs(conditions) do when[i] = fn_of(condition, "shape.stages") end
  assert(#when > 0, "shape.stages needs a list of conditions")
  local last = #when
  return { name = name, memory = { [name] = 0 }, uses = conditions, fn = function(s, a, p, m)
    local before = m[name]
    local reached = before
    while reached < last and holds(when[reached + 1](s, a, p, m)) do reached = reached + 1 end
    m[name] = reached
    return reached - before
  end }
end

-- gate: the value of `term` while the number of milestones reached of `stages` is from .. to (default: from), else 0.
-- `stages` is what shape.stages gave; a term with it stands before this one.
function shape.gate(stages, from, term, to)
  assert(type(stages) == "table" and type(stages.name) == "string", "shape.gate needs the value of shape.stages first")
  to = to or from
  assert(is_number(from) and is_number(to) and from <= to, "shape.gate: from and to are numbers, from <= to")
  local name, fn = stages.name, fn_of(term, "shape.gate")
  return { uses = { stages, term }, fn = function(s, a, p, m)
    local reached = m[name]
    if reached < from or reached > to then return 0 end
    return fn(s, a, p, m)
  end }
end

-- smooth: sum over actions of (a - a of the step before) ^ 2, in squared units of the action; 0 in an episode's first
-- step. `size` is the number of actions. m[name] is the last action.
function shape.smooth(name, size)
  check_name(name, "shape.smooth")
  assert(is_number(size) and size >= 1 and size == floor(size), "shape.smooth: size must be the number of actions")
  local zeros = {}
  for i = 1, size do zeros[i] = 0 end
  return { memory = { [name] = zeros }, fn = function(s, a, p, m)
    local last, sum, first = m[name], 0, s.step <= 1
    for i = 1, size do
      local now = a:at(i)
      if not first then sum = sum + (now - last[i]) * (now - last[i]) end
      last[i] = now
    end
    return sum
  end }
end

-- infractions: one simple progress term, multiplied by a factor in [0, 1] for each infraction { condition, factor }.
-- Without a name a factor acts in the steps in which its condition holds. With a name it is kept for the rest of the
-- episode and multiplies once more each time that its condition begins to hold, as in a driving score; m[name] is
-- then the product, followed by what held in the last step. (CARLA leaderboard; CaRL, Jaeger et al. 2025.)
function shape.infractions(progress, list, name)
  local value, when, factor, uses = fn_of(progress, "shape.infractions"), {}, {}, { progress }
  for i, infraction in ipairs(list) do
    when[i], factor[i], uses[i + 1] = fn_of(infraction[1], "shape.infractions"), infraction[2], infraction[1]
    assert(is_number(factor[i]) and factor[i] >= 0 and factor[i] <= 1, "shape.infractions: factors lie in 0 .. 1")
  end
  local n = #when
  assert(n > 0, "shape.infractions needs a list of { condition, factor }")
  if not name then
    return { uses = uses, fn = function(s, a, p, m)
      local product = value(s, a, p, m)
      for i = 1, n do
        if holds(when[i](s, a, p, m)) then product = product * factor[i] end
      end
      return product
    end }
  end
  check_name(name, "shape.infractions")
  local start = { 1 }
  for i = 1, n do start[i + 1] = 0 end
  return { memory = { [name] = start }, uses = uses, fn = function(s, a, p, m)
    local kept = m[name]
    for i = 1, n do
      local now = holds(when[i](s, a, p, m)) and 1 or 0
      if now > kept[i + 1] then kept[1] = kept[1] * factor[i] end
      kept[i + 1] = now
    end
    return value(s, a, p, m) * kept[1]
  end }
end

-- ---- functions ---------------------------------------------------------------------------------------

-- energy: the sum of |torque * velocity| * dt over joints, in J for N m, rad/s and s: what motors that cannot take
-- energy back spend in a step. The two vectors are of equal length.
function shape.energy(torque, velocity, dt)
  local n, sum = #torque, 0
  if #velocity ~= n then error("shape.energy: torque and velocity differ in length") end
  for i = 1, n do sum = sum + abs(torque[i] * velocity[i]) end
  return sum * dt
end

return shape
