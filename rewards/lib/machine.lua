-- Reward machines: what has to happen, in which order, as a small graph. A state says what was achieved, a transition
-- what takes it further and what that pays (Toro Icarte et al. 2018, "Using Reward Machines for High-Level Task
-- Specification and Decomposition in Reinforcement Learning"; 2022, JAIR 73; Camacho et al. 2019, IJCAI).
--
--   local rm = machine.new {
--     props = { key = function(s) return s.has_key end, goal = function(s) return s.at_goal end },
--     { "no_key", "key", "with_key", 0.1 },      -- from, formula over props, to, reward (default 0)
--     { "with_key", "goal", "done", 1 },
--   }
--   observe = { "u" },                           -- the policy sees the state: without it, it cannot know what is next
--   terms = { term { "task", fn = rm.step, ... } }, potential = rm.potential
--
-- new { props, transitions ..., start =, name =, gamma = }
--   props   functions (s, a, p, m) of a step; true and numbers but 0 hold. At most 10.
--   start   the first state; default: that of the first transition.   name  of the entry in `memory`, default "u".
--   gamma   of value iteration, below.
-- A step that fires several transitions takes the first as written; one that fires none stays, for 0. States without a
-- transition are final. What can never happen (a state out of reach, a transition behind others) is an error.
--
-- The result
--   step       part: takes the transition, gives its reward. Put it into one term only.
--   potential  part: v(u), for the key `potential` (Toro Icarte et al. 2022, 4.4). v of a final state is 0, else
--              v(u) = max over all sets of true propositions of r + gamma * v(u'). With `observe` it leaves the best
--              policy as it is: each step that stays in u costs (1 - gamma_run) * v(u), and a transition gains
--              gamma_run * v(u') - v(u). A smaller gamma (default 0.9) makes the steps between states higher.
--   is(state)  part: 1 while the machine is in that state (after `step`, if it comes later in `terms`).
--   states, values   names and v, by state number; m.u is that number.
--
-- The state is an entry of `memory`, so that recordings and viewers have it by name.
local formula = require "formula"
local machine = {}

local function holds(value) return value and value ~= 0 end

-- Names in order, their numbers, and their functions.
local function read_props(props)
  assert(type(props) == "table", "machine: props = { name = function(s) return ... end } is missing")
  local names, index, tests = {}, {}, {}
  for name, test in pairs(props) do
    assert(type(name) == "string" and type(test) == "function",
           "machine: props holds functions by name: props = { key = function(s) return s.has_key end }")
    names[#names + 1], tests[#tests + 1] = name, test
    index[name] = #names
  end
  assert(#names >= 1 and #names <= 10, "machine: props takes 1 to 10 propositions, not " .. #names)
  return names, index, tests
end

function machine.check_used(names, used)
  for _, name in ipairs(names) do
    assert(used[name], "machine: the proposition `" .. name .. "` is in no formula; remove or use it")
  end
end

-- Every set of true propositions, number 1 + sum of 2^(i-1) over those that hold.
local function all_sets(count)
  local sets = {}
  for number = 0, 2 ^ count - 1 do
    local set, rest = {}, number
    for i = 1, count do
      set[i] = rest % 2 == 1
      rest = (rest - rest % 2) / 2
    end
    sets[number + 1] = set
  end
  return sets
end

-- v by state; edges[u] is a list of { to, reward }.
local function value_iteration(edges, gamma)
  local values, change = {}, 1
  for u = 1, #edges do values[u] = 0 end
  while change > 1e-9 do
    change = 0
    for u = 1, #edges do
      local best
      for _, edge in ipairs(edges[u]) do
        local value = edge[2] + gamma * values[edge[1]]
        if not best or value > best then best = value end
      end
      best = best or 0
      change = math.max(change, math.abs(best - values[u]))
      values[u] = best
    end
  end
  return values
end

-- The parts. to[u][k] and pay[u][k] are state and reward after state u and set k; edges as above.
local function parts(options, states, tests, to, pay, edges)
  local name, gamma = options.name or "u", options.gamma or 0.9
  assert(type(gamma) == "number" and gamma >= 0 and gamma < 1, "machine: gamma is a number from 0 to below 1")
  local values, count = value_iteration(edges, gamma), #tests
  local memory = { [name] = { 1, states = states } }
  local number = {}
  for u, state in ipairs(states) do number[state] = u end

  local result = { states = states, values = values }
  result.step = { memory = memory, uses = tests, fn = function(s, a, p, m)
    local set, bit = 1, 1
    for i = 1, count do
      if holds(tests[i](s, a, p, m)) then set = set + bit end
      bit = bit + bit
    end
    local u = m[name]
    m[name] = to[u][set]
    return pay[u][set]
  end }
  result.potential = { memory = memory, uses = {}, fn = function(s, a, p, m) return values[m[name]] end }
  result.is = function(state)
    local u = number[state]
    if not u then error("machine: `" .. tostring(state) .. "` is not a state; states: " .. table.concat(states, ", ")) end
    return { memory = memory, uses = {}, fn = function(s, a, p, m) return m[name] == u end }
  end
  return result
end

-- From a function: delta(u, set, number of the set) gives the next state and the reward; final[u] for final states.
-- What ltl compiles to.
function machine.build(options, states, tests, final, delta)
  local sets, to, pay, edges = all_sets(#tests), {}, {}, {}
  for u = 1, #states do
    local seen = {}
    to[u], pay[u], edges[u] = {}, {}, {}
    for k = 1, #sets do
      local v, r = u, 0
      if not final[u] then
        v, r = delta(u, sets[k], k)
        local key = v .. ":" .. r
        if not seen[key] then
          seen[key] = true
          edges[u][#edges[u] + 1] = { v, r }
        end
      end
      to[u][k], pay[u][k] = v, r
    end
  end
  return parts(options, states, tests, to, pay, edges)
end

-- States in the order in which they are named, transitions by state.
local function read_transitions(options, index, used)
  local states, number, from = {}, {}, {}
  local function state(name)
    assert(type(name) == "string" and name ~= "", "machine: a state is a name, such as \"no_key\"")
    if not number[name] then
      states[#states + 1], from[#from + 1] = name, {}
      number[name] = #states
    end
    return number[name]
  end
  assert(#options > 0, "machine: it has no transitions: { \"from\", \"formula\", \"to\", reward }")
  if options.start then state(options.start) end
  for i = 1, #options do
    local t = options[i]
    assert(type(t) == "table" and #t >= 3, "machine: transition " .. i .. " must be { \"from\", \"formula\", \"to\", reward }")
    local u, v, reward = state(t[1]), state(t[3]), t[4] or 0
    assert(type(reward) == "number" and reward - reward == 0, "machine: the reward of transition " .. i .. " is not a number")
    from[u][#from[u] + 1] = { tree = formula.parse(t[2], index, used, false), to = v, reward = reward, number = i }
  end
  return states, from
end

local function check_reach(states, edges_of)
  local reached, queue = { true }, { 1 }
  for _, u in ipairs(queue) do
    for _, t in ipairs(edges_of[u]) do
      if not reached[t.to] then
        reached[t.to] = true
        queue[#queue + 1] = t.to
      end
    end
  end
  for u, name in ipairs(states) do
    assert(reached[u], "machine: state `" .. name .. "` cannot be reached from `" .. states[1] .. "`, where it starts")
  end
end

function machine.new(options)
  assert(type(options) == "table", "machine.new { props = ..., { \"from\", \"formula\", \"to\", reward }, ... }")
  local names, index, tests = read_props(options.props)
  local used, taken = {}, {}
  local states, from = read_transitions(options, index, used)
  machine.check_used(names, used)
  check_reach(states, from)
  local final = {}
  for u = 1, #states do final[u] = #from[u] == 0 end
  local built = machine.build(options, states, tests, final, function(u, set)
    for _, t in ipairs(from[u]) do
      if formula.holds(t.tree, set) then
        taken[t.number] = true
        return t.to, t.reward
      end
    end
    return u, 0
  end)
  for i = 1, #options do
    assert(taken[i], "machine: transition " .. i .. " (`" .. options[i][2] .. "`) can never be taken: those of `"
           .. options[i][1] .. "` before it always are, or it contradicts itself")
  end
  return built
end

machine.read_props, machine.all_sets = read_props, all_sets
return machine
