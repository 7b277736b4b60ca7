#include "engine/script/prelude.h"

namespace carrot {

const char* const kPreludeViews =
    R"lua(-- ---- views of vectors --------------------------------------------------------------------------------
local function read_only(label)
  return function() fail("R016", "`" .. label .. "` is read-only") end
end
local function past_end(label, n, big)
  return function(_, k)
    if type(k) == "number" then
      if big then fail("R013", "`" .. label .. "` has " .. n .. " elements; read them with `" .. label .. ":at(i)`") end
      fail("R013", "index " .. k .. " is outside `" .. label .. "`, which has elements 1 to " .. n)
    end
    fail("R013", "`" .. label .. "` has no component `" .. safe_tostring(k) .. "`")
  end
end
local function same_length(v, u)
  if type(u) ~= "table" then fail("R030", "dot needs another vector, got " .. type(u)) end
  local n, k = v.n_, rawget(u, "n_")
  if k ~= n and (k or #u) ~= n then
    fail("R013", "dot of vectors of " .. n .. " and " .. (k or #u) .. " elements")
  end
end
local dots, norms = {}, {}
for n = 1, 16 do
  local dot, sum = {}, {}
  for i = 1, n do
    dot[i] = rformat("v[%d]*u[%d]", i, i)
    sum[i] = rformat("v[%d]*v[%d]", i, i)
  end
  dots[n] = loadstring("local same_length = ... return function(v, u) same_length(v, u) return "
      .. rconcat(dot, "+") .. " end")(same_length)
  norms[n] = loadstring("local sqrt = ... return function(v) return sqrt(" .. rconcat(sum, "+") .. ") end")(math.sqrt)
end
local function at_small(v, i) return v[i] end
local function size(v) return v.n_ end
-- A vector of up to 16 numbers, refreshed in place by the loops.
local function vector(label, n, names, writable)
  local v = { n_ = n, dot = dots[n], norm = norms[n], at = at_small, size = size }
  for i = 1, n do v[i] = 0 end
  for _, name in ipairs(names) do v[name] = 0 end
  return setmetatable(v, { __index = past_end(label, n), __metatable = false,
      __newindex = writable and function(_, k)
        fail("R013", "`" .. label .. "` has elements 1 to " .. n .. " only, not `" .. safe_tostring(k) .. "`")
      end or read_only(label) })
end
-- A longer field: read(i0) gives element i0 (from 0) of the current row.
local function big_vector(label, n, read)
  local tobit = bit.tobit
  local function at(_, i)
    if type(i) ~= "number" or tobit(i) ~= i or i < 1 or i > n then
      fail("R013", "index " .. safe_tostring(i) .. " is outside `" .. label .. "`, which has elements 1 to " .. n)
    end
    return read(i - 1)
  end
  local function dot(v, u)
    same_length(v, u)
    charge(n / 16)
    local sum = 0
    for i = 1, n do sum = sum + v:at(i) * u:at(i) end
    return sum
  end
  local function norm()
    charge(n / 16)
    local sum = 0
    for i = 0, n - 1 do
      local x = read(i)
      sum = sum + x * x
    end
    return math.sqrt(sum)
  end
  return setmetatable({ n_ = n, at = at, size = size, dot = dot, norm = norm },
      { __index = past_end(label, n, true), __newindex = read_only(label), __metatable = false })
end
-- A record with fixed keys (state, previous state, parameters, memory).
local function record(label, noun, writable)
  return setmetatable({}, {
    __index = function(_, k)
      fail("R012", "`" .. label .. "." .. safe_tostring(k) .. "`: there is no such " .. noun)
    end,
    __newindex = function(_, k)
      if writable then
        fail("R015", "`" .. label .. "." .. safe_tostring(k) .. "` is not declared in `memory`")
      end
      fail("R016", "`" .. label .. "` is read-only")
    end,
    __metatable = false,
  })
end
local function convert(v)
  if v == true then return 1 end
  if v == false then return 0 end
  error("\1R033\1returned " .. (v == nil and "nothing (nil)" or "a " .. type(v)) .. ", not a number", 0)
end
local function element(v, i)
  if type(v) ~= "table" then
    error("\1R033\1returned " .. (v == nil and "nothing (nil)" or "a " .. type(v)) .. ", not a table of numbers", 0)
  end
  local x = rawget(v, i)
  if type(x) ~= "number" then
    error("\1R033\1returned a table whose element " .. i .. " is " .. (x == nil and "missing" or "a " .. type(x)), 0)
  end
  return x
end
local function memory_number(v, label)
  if v == true then return 1 elseif v == false then return 0 elseif type(v) == "number" then return v end
  error("\1R021\1assigned a " .. type(v) .. " to `" .. label .. "`, which holds a number", 0)
end
-- m.v = u copies u's elements into m's own vector.
local function memory_copy(own, v, label)
  if type(v) ~= "table" then
    error("\1R021\1assigned a " .. type(v) .. " to `" .. label .. "`, which holds " .. own.n_ .. " numbers", 0)
  end
  if (rawget(v, "n_") or #v) ~= own.n_ then
    error("\1R021\1assigned " .. (rawget(v, "n_") or #v) .. " numbers to `" .. label .. "`, which holds " .. own.n_, 0)
  end
  for i = 1, own.n_ do own[i] = memory_number(rawget(v, i), label) end
  return own
end

return {
  env = env, B = B, X = X, pow = pow, cat = cat, len = state.len, f = state.f, t = state.t, n = turns, v = varargs, s = text_of,
  state = state,
  tags = tags, constructors = constructors, functions = functions, add_maker = add_maker, seal = seal,
  tools = { ffi = ffi, B = B, X = X, type = type, bor = bit.bor, vector = vector, big_vector = big_vector, record = record,
            convert = convert, element = element, memory_number = memory_number, memory_copy = memory_copy },
}
)lua";

}  // namespace carrot
