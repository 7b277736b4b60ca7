-- Several objectives in one reward.
--
-- 1. Rules for `schedule = { ... }`: how the trainer changes weights between its iterations. Success, costs and trust
--    belong to the trainer; the script declares only what is to happen. The weights in the script are those of the
--    start. Each change is a line of the run's events.jsonl with what was measured, so that every total stays
--    explained; run.json holds the rules. Outside of training (run, eval, rescore) the script's weights hold.
--
--   constraint { "effort", most = 0.2 }    holds the mean of a term at a bound: dual ascent on its Lagrange multiplier.
--       weight = -lambda for `most`, +lambda for `least`; lambda starts at the size of the term's weight and becomes
--       max(0, min(limit, lambda + rate * violation)) after each iteration, violation = mean - most, or least - mean.
--       The mean is of the raw term, in its unit: over steps, or with per = "episode" of its sums over the episodes that
--       ended. rate (default 0.1) is weight per violation and iteration, limit defaults to 100. Needs combine = "sum".
--       (Altman 1999, Constrained Markov Decision Processes; Tessler et al. 2019, Reward Constrained Policy Optimization.)
--   trust { "dense", half_life = 200000 }  a hint that fades: weight = start * 0.5 ^ (step / half_life) * trust.
--       half_life in environment steps (default: never). trust starts at 1. Whenever `pairs` (default 8) successful and as
--       many failed episodes (n and m; the last 256 of each) have ended since it was last judged, A = share of their
--       pairs in which the success has the larger sum of the weighted term (ties count half). If A is below 1/2 by more
--       than chance, 1.645 * sqrt((n + m + 1) / (12 * n * m)), trust becomes trust * 2 * A. It never rises. (Mann and
--       Whitney 1947.)
--   gate { "speed", after = "upright", least = 0.9, slack = 0.1 }   lexicographic: the weight is 0 until the mean of a more
--       important term over an iteration's steps reaches `least`, and again once it is below least - slack (default 0).
--       after = "success" takes the share of successful episodes.
--   preference { forward = 0.7, effort = 0.3 }   weight = +-share / rms, shares scaled to a sum of 1: the terms count by
--       preference, whatever their units. rms is the root mean square of the raw term over the training so far; the sign
--       is that of the script's weight. (Scalarisation: Roijers et al. 2013, JAIR 48.)
--
-- 2. Parts for `fn = ...` of a term, of objectives in 0 .. 1: { preference or threshold, function(s, a, p, m) or part }.
--
--   mean { { 0.7, f }, { 0.3, g } }        sum(w * x) / sum(w)
--   harmonic { { 0.7, f }, { 0.3, g } }    sum(w) / sum(w / x), 0 if an x is not above 0: the worst objective decides
--   lexicographic { { 0.9, f }, { 1, g } } min(x1, t1) + [x1 >= t1] * (min(x2, t2) + ...): the next objective counts only
--                                          while all before it are at their thresholds. (Gabor et al. 1998.)
local multi = {}

for _, rule in ipairs { "constraint", "trust", "gate", "preference" } do
  multi[rule] = function(options)
    assert(type(options) == "table", "multi." .. rule .. " { ... } needs a table")
    options.rule = rule
    return options
  end
end

-- Numbers, functions and `uses` of a list of { number, function }.
local function read(objectives, call)
  assert(type(objectives) == "table" and #objectives > 0, "multi." .. call .. " { { number, function }, ... }")
  local numbers, functions, uses = {}, {}, {}
  for i, item in ipairs(objectives) do
    local number, objective = item[1], item[2]
    local fn = type(objective) == "table" and objective.fn or objective
    assert(type(number) == "number" and number > 0 and type(fn) == "function",
           "multi." .. call .. ": objective " .. i .. " must be { number above 0, function(s, a, p, m) }")
    numbers[i], functions[i], uses[i] = number, fn, objective
  end
  return numbers, functions, uses
end
local function number_of(x)
  if x == true then return 1 end
  return x or 0
end

function multi.mean(objectives)
  local weights, functions, uses = read(objectives, "mean")
  return { uses = uses, fn = function(s, a, p, m)
    local sum, all = 0, 0
    for i = 1, #weights do
      sum = sum + weights[i] * number_of(functions[i](s, a, p, m))
      all = all + weights[i]
    end
    return sum / all
  end }
end

function multi.harmonic(objectives)
  local weights, functions, uses = read(objectives, "harmonic")
  return { uses = uses, fn = function(s, a, p, m)
    local sum, all, zero = 0, 0, false
    for i = 1, #weights do  -- all of them, as they may write memory
      local x = number_of(functions[i](s, a, p, m))
      if x <= 0 then zero = true else sum = sum + weights[i] / x end
      all = all + weights[i]
    end
    if zero then return 0 end
    return all / sum
  end }
end

function multi.lexicographic(objectives)
  local thresholds, functions, uses = read(objectives, "lexicographic")
  return { uses = uses, fn = function(s, a, p, m)
    local sum, open = 0, true
    for i = 1, #thresholds do
      local x = number_of(functions[i](s, a, p, m))
      if open then sum = sum + math.min(x, thresholds[i]) end
      open = open and x >= thresholds[i]
    end
    return sum
  end }
end

return multi
