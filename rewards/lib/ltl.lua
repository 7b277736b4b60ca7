-- Tasks as co-safe temporal formulas, compiled to reward machines:
--
--   local ltl = require "ltl"
--   local task = ltl { "F (key & F goal) & (!lava U goal)", reward = 1,
--                      props = { key = function(s) return s.has_key end, ... } }
--
-- Operators, the strongest first: ! not, X in the next step, F some step from now on, G each step from now on; U
-- (`a U b`: b at some step, a at each before it); & and; | or. A formula is about the states after each action; the
-- reset state is not looked at.
--
-- Co-safe: whatever fulfils the formula shows it after finitely many steps, so that there is a step to pay. G may
-- therefore stand only below an odd number of `!` (where it means F), and F and U only below an even one. "Never lava"
-- is said as "no lava until the goal". Anything else is an error that names the place.
--
-- ltl { text, props =, reward = 1, violation = 0, name = "u", gamma = 0.9 } gives what machine.new gives
-- (machine.lua): parts step, potential, is(state); states, values. States are what is still to be shown; "done" pays
-- `reward`, "failed" (no continuation can fulfil it) pays `violation`. Both are final.
--
-- Compiled by progression (Bacchus and Kabanza 2000, "Using temporal logics to express search control knowledge for
-- planning"; Camacho et al. 2019): each state is a disjunction of sets of obligations, subformulas that must hold from
-- the next step on, without sets that contain another. There are finitely many; more than 64 are an error.
local formula = require "formula"
local machine = require "machine"
local MOST_STATES, MOST_OBLIGATIONS = 64, 30

local opposite = { ["&"] = "|", ["|"] = "&", F = "G", G = "F", X = "X" }
local words = { F = "never happens again", U = "never happens", G = "holds forever" }

-- Negations at propositions only; G is gone. What only an endless run shows is an error.
local function positive(text, tree, negated)
  local op = tree.op
  local function not_co_safe()
    formula.fail(text, tree.at, "that something " .. words[op] .. " shows only at the end of time, so no step could pay "
      .. "for it; say until when, as in `!bad U good`")
  end
  if op == "name" then return negated and { op = "!", a = tree, at = tree.at } or tree end
  if op == "true" or op == "false" then
    return { op = (op == "true") ~= negated and "true" or "false", at = tree.at }
  end
  if op == "!" then return (positive(text, tree.a, not negated)) end
  if op == "U" and negated then not_co_safe() end
  if negated then op = opposite[op] end
  if op == "G" then not_co_safe() end
  return { op = op, at = tree.at, a = positive(text, tree.a, negated), b = tree.b and positive(text, tree.b, negated) }
end

-- A disjunction is a list of numbers, each a set of obligations as bits; {} is false, { 0 } is true.
local band, bor, lshift = bit.band, bit.bor, bit.lshift
local function add(list, set)
  local kept = {}
  for _, other in ipairs(list) do
    if band(other, set) == other then return list end
    if band(other, set) ~= set then kept[#kept + 1] = other end
  end
  kept[#kept + 1] = set
  return kept
end
local function either(a, b)
  for _, set in ipairs(b) do a = add(a, set) end
  return a
end
local function both(a, b)
  local result = {}
  for _, x in ipairs(a) do
    for _, y in ipairs(b) do result = add(result, bor(x, y)) end
  end
  return result
end

local function compiler(text)
  local obligations, number = {}, {}
  local function obligation(tree)
    local key = formula.show(tree)
    if not number[key] then
      if #obligations == MOST_OBLIGATIONS then
        formula.fail(text, tree.at, "the formula is too long: more than " .. MOST_OBLIGATIONS .. " temporal parts")
      end
      obligations[#obligations + 1] = { tree = tree, key = key }
      number[key] = #obligations
    end
    return { lshift(1, number[key] - 1) }
  end
  -- What must hold from the next step on so that `tree` holds now, where set[i] is whether proposition i does.
  local function progress(tree, set)
    local op = tree.op
    if op == "&" then return both(progress(tree.a, set), progress(tree.b, set)) end
    if op == "|" then return either(progress(tree.a, set), progress(tree.b, set)) end
    if op == "X" then return obligation(tree.a) end
    if op == "F" then return either(progress(tree.a, set), obligation(tree)) end
    if op == "U" then
      return either(progress(tree.b, set), both(progress(tree.a, set), obligation(tree)))
    end
    return formula.holds(tree, set) and { 0 } or {}
  end
  local function step(state, set)
    local result = {}
    for _, sets in ipairs(state) do
      local all = { 0 }
      for i = 1, #obligations do
        if band(sets, lshift(1, i - 1)) ~= 0 then all = both(all, progress(obligations[i].tree, set)) end
      end
      result = either(result, all)
    end
    table.sort(result)
    return result
  end
  local function show(state)
    local sets = {}
    for i, bits in ipairs(state) do
      local parts = {}
      for k, o in ipairs(obligations) do
        if band(bits, lshift(1, k - 1)) ~= 0 then parts[#parts + 1] = #o.key > 1 and "(" .. o.key .. ")" or o.key end
      end
      sets[i] = table.concat(parts, " & ")
    end
    return table.concat(sets, " | ")
  end
  return obligation, step, show
end

local function name_of(state, show)
  if #state == 0 then return "failed" end
  if state[1] == 0 then return "done" end
  return (show(state))
end

return function(options)
  assert(type(options) == "table" and type(options[1]) == "string", "ltl { \"F (key & F goal)\", props = { ... } }")
  local text, reward, violation = options[1], options.reward or 1, options.violation or 0
  assert(type(reward) == "number" and type(violation) == "number", "ltl: reward and violation are numbers")
  local names, index, tests = machine.read_props(options.props)
  local used = {}
  local tree = positive(text, formula.parse(text, index, used, true), false)
  machine.check_used(names, used)

  local obligation, step, show = compiler(text)
  local states, keys, number, final, next_of = { obligation(tree) }, {}, {}, {}, {}
  local function number_of(state)
    local key = table.concat(state, ",")
    if not number[key] then
      states[#states + 1] = state
      if #states > MOST_STATES then formula.fail(text, tree.at, "it needs more than " .. MOST_STATES .. " states") end
      number[key] = #states
    end
    return number[key]
  end
  number[table.concat(states[1], ",")] = 1
  -- ipairs sees the states that are added on the way.
  for u, state in ipairs(states) do
    keys[u] = u == 1 and formula.show(tree) or name_of(state, show)
    final[u] = #state == 0 or state[1] == 0
    next_of[u] = {}
    for k, set in ipairs(machine.all_sets(#tests)) do
      if not final[u] then next_of[u][k] = number_of(step(state, set)) end
    end
  end
  return machine.build(options, keys, tests, final, function(u, _, k)
    local v = next_of[u][k]
    local outcome = final[v] and (#states[v] == 0 and violation or reward) or 0
    return v, outcome
  end)
end
