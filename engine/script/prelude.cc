#include "engine/script/prelude.h"

namespace carrot {

const char* const kPrelude = R"lua(
local host_require, random_address, random_context = ...
local ffi, bit = require "ffi", bit
local type, error, select, tostring, tonumber = type, error, select, tostring, tonumber
local rawget, setmetatable, next, unpack, ipairs = rawget, setmetatable, next, unpack, ipairs
local string, table, math = string, table, math
local floor, rmin, rmax, huge = math.floor, math.min, math.max, math.huge

local MAX_STRING = 65536
local B = { 0 }                    -- B[1]: remaining budget
local state = { loading = true }
local tags, constructors, functions = {}, {}, {}

-- Raises a coded error; the host finds the script's line on the stack (lua_host.cc, OnError).
local function fail(code, message)
  error("\1" .. code .. "\1" .. message, 0)
end
local function X()
  B[1] = -1
  fail("R040", "the budget of " .. state.budget .. " loop turns and calls is used up")
end
local function charge(n)
  B[1] = B[1] - floor(n)
  if B[1] < 0 then X() end
end
local function only_loading(what)
  if not state.loading then
    fail("R054", "`" .. what .. "` works only while the script loads, not inside a term")
  end
end

-- ---- arithmetic with the same bits in the interpreter and the compiler -------------------------------
ffi.cdef "double pow(double, double);"
local cpow = ffi.C.pow
local function pow(x, y)
  if type(x) ~= "number" or type(y) ~= "number" then
    fail("R030", "attempt to perform arithmetic on a " .. type(type(x) ~= "number" and x or y) .. " value")
  end
  if y == 2 then return x * x end
  return cpow(x, y)
end
local function max2(a, b)
  if a ~= a then return a end
  if b ~= b then return b end
  if a == b then
    if a == 0 then return a + b end
    return a
  end
  return rmax(a, b)
end
local function min2(a, b)
  if a ~= a then return a end
  if b ~= b then return b end
  if a == b then
    if a == 0 then return -(-a - b) end
    return a
  end
  return rmin(a, b)
end
local function check_number(x, i, name)
  if type(x) ~= "number" then
    fail("R030", "bad argument #" .. i .. " to '" .. name .. "' (number expected, got " .. type(x) .. ")")
  end
end
local function max(a, b, ...)
  check_number(a, 1, "max")
  if b == nil then return a end
  check_number(b, 2, "max")
  a = max2(a, b)
  for i = 1, select("#", ...) do
    local x = select(i, ...)
    check_number(x, i + 2, "max")
    a = max2(a, x)
  end
  return a
end
local function min(a, b, ...)
  check_number(a, 1, "min")
  if b == nil then return a end
  check_number(b, 2, "min")
  a = min2(a, b)
  for i = 1, select("#", ...) do
    local x = select(i, ...)
    check_number(x, i + 2, "min")
    a = min2(a, x)
  end
  return a
end

local random_raw = ffi.cast("double (*)(void*)", random_address)
random_context = ffi.cast("void*", random_context)
local function random(low, high)
  if not state.random then fail("R054", "`math.random` works only inside a term: it is keyed by world, step and term") end
  local u = random_raw(random_context)
  if low == nil then return u end
  check_number(low, 1, "random")
  if high == nil then low, high = 1, low end
  check_number(high, 2, "random")
  return low + floor(u * (high - low + 1))
end

local rlog, rfmod = math.log, math.fmod
local safe_math = {
  min = min, max = max, pow = function(x, y) return (pow(x, y)) end, random = random,
  log = function(x, base)
    if base == nil then return rlog(x) end
    return rlog(x) / rlog(base)
  end,
  pi = math.pi, huge = huge,
}
for _, name in ipairs { "abs", "acos", "asin", "atan", "atan2", "ceil", "cos", "cosh", "deg", "exp", "floor",
    "fmod", "frexp", "ldexp", "log10", "modf", "rad", "sin", "sinh", "sqrt", "tan", "tanh" } do
  safe_math[name] = math[name]
end

-- ---- strings and tables, bounded ---------------------------------------------------------------------
local rconcat, rrep, rformat, rfind, rgsub = table.concat, string.rep, string.format, string.find, string.gsub
local function bounded(s)
  if #s > MAX_STRING then fail("R053", "a string of " .. #s .. " bytes; the limit is " .. MAX_STRING) end
  charge(#s / 64)
  return s
end
local function safe_tostring(x)
  local t = type(x)
  if t == "table" or t == "function" or t == "userdata" or t == "cdata" then return t end
  return tostring(x)
end
local function cat(...)
  for i = 1, select("#", ...) do
    local t = type((select(i, ...)))
    if t ~= "string" and t ~= "number" then
      fail("R030", "attempt to concatenate a " .. t .. " value")
    end
  end
  return (bounded(rconcat { ... }))
end
-- The cost of a match is at most (length of the text) ^ (1 + number of repetitions in the pattern).
local function check_pattern(s, p)
  if type(s) ~= "string" or type(p) ~= "string" then return end
  local _, repeats = rgsub(p, "[%*%+%-%?]", "")
  local cost = (#s + 1) * (#p + 1) * (#s + 1) ^ rmin(repeats, 8)
  if cost > 1e8 then
    fail("R053", "this pattern could take very long on a text of " .. #s .. " bytes")
  end
  charge(cost / 200)
end
local safe_string = {
  byte = string.byte, len = string.len, sub = string.sub,
  char = function(...) return (bounded(string.char(...))) end,
  upper = function(s) return (bounded(string.upper(s))) end,
  lower = function(s) return (bounded(string.lower(s))) end,
  reverse = function(s) return (bounded(string.reverse(s))) end,
  rep = function(s, n, sep)
    if type(s) == "number" then s = tostring(s) end
    if type(s) ~= "string" or type(n) ~= "number" then fail("R030", "bad argument to 'rep' (string and number expected)") end
    if (#s + #(sep or "")) * n > MAX_STRING then
      fail("R053", "string.rep would make a string of " .. #s * n .. " bytes; the limit is " .. MAX_STRING)
    end
    return (bounded(rrep(s, n, sep)))
  end,
  format = function(f, ...)
    if type(f) ~= "string" then fail("R030", "bad argument #1 to 'format' (string expected)") end
    if rfind(f, "%%[%-%+ #0-9%.]*p") then fail("R053", "%p is not available in string.format") end
    local n, args = select("#", ...), { ... }
    for i = 1, n do
      local t = type(args[i])
      if t ~= "number" and t ~= "string" then args[i] = safe_tostring(args[i]) end
    end
    return (bounded(rformat(f, unpack(args, 1, n))))
  end,
  find = function(s, p, init, plain)
    if plain then charge(#s * #p / 200) else check_pattern(s, p) end
    return rfind(s, p, init, plain)
  end,
  match = function(s, p, init) check_pattern(s, p) return string.match(s, p, init) end,
  gmatch = function(s, p) check_pattern(s, p) return string.gmatch(s, p) end,
  gsub = function(s, p, r, n)
    check_pattern(s, p)
    if type(r) == "string" then charge(#s * #r / 64) end
    local out, count = rgsub(s, p, r, n)
    return (bounded(out)), count
  end,
}
getmetatable("").__index = safe_string
getmetatable("").__metatable = false

local function charge_table(t)
  if type(t) ~= "table" then fail("R030", "bad argument #1 (table expected, got " .. type(t) .. ")") end
  charge(#t / 16)
end
-- LuaJIT moves every element between the position and the end, even for a position of -2^31.
local function check_position(i, last)
  if type(i) ~= "number" or not (i >= 1 and i <= last) then
    fail("R030", "position " .. safe_tostring(i) .. " is outside the table, which takes 1 to " .. last)
  end
end
local safe_table = {
  insert = function(t, ...)
    charge_table(t)
    if select("#", ...) == 2 then check_position((...), #t + 1) end
    return table.insert(t, ...)
  end,
  remove = function(t, i)
    charge_table(t)
    if i ~= nil then check_position(i, #t + 1) end
    return table.remove(t, i)
  end,
  sort = function(t, f) charge_table(t) charge(#t) table.sort(t, f) end,
  concat = function(t, sep, i, j)
    charge_table(t)
    local size, gap = 0, sep and #sep or 0
    for k = i or 1, j or #t do
      local x = t[k]
      size = size + gap + (type(x) == "string" and #x or 24)
      if size > 2 * MAX_STRING then fail("R053", "table.concat would make too long a string") end
    end
    return (bounded(rconcat(t, sep, i, j)))
  end,
}

-- Keys in a fixed order: numbers, then strings, then the rest. Tables hash differently in each state.
local function sorted_pairs(t)
  if not state.loading then fail("R054", "`pairs` has no fixed order; use `ipairs` or a counted loop in a term") end
  if type(t) ~= "table" then fail("R030", "bad argument #1 to 'pairs' (table expected, got " .. type(t) .. ")") end
  local numbers, strings, rest = {}, {}, {}
  for k in next, t do
    local list = type(k) == "number" and numbers or type(k) == "string" and strings or rest
    list[#list + 1] = k
  end
  charge(#numbers + #strings + #rest)
  table.sort(numbers)
  table.sort(strings)
  local i, keys = 0, numbers
  for _, k in ipairs(strings) do keys[#keys + 1] = k end
  for _, k in ipairs(rest) do keys[#keys + 1] = k end
  return function()
    i = i + 1
    local k = keys[i]
    if k ~= nil then return k, t[k] end
  end
end

local loaded = {}
local function safe_require(name)
  if type(name) ~= "string" then fail("R011", "require needs the name of a module") end
  if loaded[name] == nil then
    only_loading "require"
    local chunk, message = host_require(name)
    if not chunk then
      if message == "" then error("\1RAWD\1", 0) end
      fail("R011", message)
    end
    loaded[name] = false
    local value = chunk(B, X, pow, cat, state.len, state.f, state.t)
    loaded[name] = value == nil and true or value
  elseif loaded[name] == false then
    fail("R011", "module `" .. name .. "` requires itself")
  end
  return loaded[name]
end

local env = {
  type = type, tostring = safe_tostring, tonumber = tonumber, select = select, ipairs = ipairs,
  pairs = sorted_pairs, unpack = function(t, i, j) charge_table(t) return unpack(t, i, j) end,
  require = safe_require, math = safe_math, string = safe_string, table = safe_table,
  assert = function(ok, message)
    if not ok then
      fail("R034", message == nil and "assertion failed" or safe_tostring(message))
    end
    return ok
  end,
  error = function(message) fail("R034", safe_tostring(message)) end,
  bit = { band = bit.band, bor = bit.bor, bxor = bit.bxor, bnot = bit.bnot, lshift = bit.lshift,
          rshift = bit.rshift, arshift = bit.arshift, rol = bit.rol, ror = bit.ror, tobit = bit.tobit },
}
local function add_maker(name)
  env[name] = function(...)
    only_loading(name)
    local t = ...
    if select("#", ...) ~= 1 or type(t) ~= "table" then t = { ... } end
    tags[t] = name
    return t
  end
end
local function seal()
  setmetatable(env, {
    __index = function(_, name) fail("R011", "`" .. safe_tostring(name) .. "` is not defined") end,
    __newindex = function(_, name)
      fail("R017", "`" .. safe_tostring(name) .. "` is written as a global; declare it with `local`")
    end,
    __metatable = false,
  })
end

state.len = function(x)
  if type(x) == "table" then
    local n = rawget(x, "n_")
    if n then return n end
  elseif type(x) ~= "string" then
    fail("R030", "attempt to get length of a " .. type(x) .. " value")
  end
  return #x
end
state.f = function(id, f)
  if state.loading then functions[f] = id end
  return f
end
state.t = function(id, t)
  if state.loading then constructors[t] = id end
  return t
end

-- ---- views of vectors --------------------------------------------------------------------------------
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
  env = env, B = B, X = X, pow = pow, cat = cat, len = state.len, f = state.f, t = state.t, state = state,
  tags = tags, constructors = constructors, functions = functions, add_maker = add_maker, seal = seal,
  tools = { ffi = ffi, B = B, X = X, type = type, bor = bit.bor, vector = vector, big_vector = big_vector, record = record,
            convert = convert, element = element, memory_number = memory_number, memory_copy = memory_copy },
}
)lua";

}  // namespace carrot
