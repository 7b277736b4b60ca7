#include "engine/script/prelude.h"

namespace carrot {

const char* const kPrelude = R"lua(
local host_require, random_address, random_context = ...
local ffi, bit = require "ffi", bit
local type, error, select, tostring, tonumber = type, error, select, tostring, tonumber
local rawget, getmetatable, setmetatable, next, unpack, ipairs = rawget, getmetatable, setmetatable, next, unpack, ipairs
local string, table, math = string, table, math
local floor, abs, rmin, rmax, huge = math.floor, math.abs, math.min, math.max, math.huge

local MAX_STRING, FREE_STRING = 65536, 128
local B = { 0 }                    -- B[1]: remaining budget
local state = { loading = true, longest = FREE_STRING }
-- Of tables and functions: the maker's name, the number in the source. Weak, so that what a script makes
-- while it loads can be collected.
local weak = { __mode = "k" }
local tags, constructors, functions = setmetatable({}, weak), setmetatable({}, weak), setmetatable({}, weak)

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
  if not (B[1] >= 0) then X() end  -- NaN would be a budget without end
end
-- What a counted loop calls around its limit: charges `weight` for each turn. A loop whose step is lost
-- in rounding, or is 0, never ends.
local function turns(weight, start, step, limit)
  if type(limit) ~= "number" then fail("R030", "'for' limit must be a number") end
  local n = (limit - start) / step
  if n >= 0 or start == limit then
    if not (abs(start) + abs(limit) <= abs(step) * 2^52) then n = huge end
    B[1] = B[1] - (floor(n) + 1) * weight
    if not (B[1] >= 0) then X() end
  end
  return limit
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
  local n = select("#", ...)
  if n > 16 then charge(n * n / 64) end  -- select copies
  for i = 1, n do
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
  local n = select("#", ...)
  if n > 16 then charge(n * n / 64) end  -- select copies
  for i = 1, n do
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
-- Comparing texts and reading them as numbers takes time that no tick can see, so the budget shrinks
-- with the longest text around.
local function text_of(n)
  if n <= state.longest then return end
  B[1] = floor(B[1] * state.longest / n)
  if state.loading then state.longest = n end
end
local function bounded(s)
  if #s > MAX_STRING then fail("R053", "a string of " .. #s .. " bytes; the limit is " .. MAX_STRING) end
  charge(#s / 64)
  text_of(#s)
  return s
end
-- What `...` becomes: every use copies all arguments.
local function varargs(...)
  charge(select("#", ...) / 16)
  return ...
end
local function safe_tostring(x)
  local t = type(x)
  if t == "table" or t == "function" or t == "userdata" or t == "cdata" then return t end
  return tostring(x)
end
-- The charge for reading a text of any length, beyond the tick of the code around it.
local function read_text(s)
  if type(s) == "string" then charge(#s / 64) end
  return s
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
-- The cost of a match is at most (places to start) * (length of the pattern) * (ways to share n bytes
-- among r repetitions, which are fewer than (n + 1)^r and (r + 1)^n). %b and %1 read as repetitions do.
local function check_pattern(s, p)
  if type(s) ~= "string" or type(p) ~= "string" then return end
  local _, repeats = rgsub(p, "[%*%+%-%?]", "")
  local _, others = rgsub(p, "%%[b%d]", "")
  local n, r = #s, repeats + others
  local cost = (n + 1) * (#p + 1) * rmin((n + 1) ^ r, (r + 1) ^ n)
  if not (cost <= 1e8) then
    fail("R053", "this pattern could take very long on a text of " .. #s .. " bytes")
  end
  charge(cost / 200)
end
-- gsub with a function of the script, in Lua: C functions that call back can nest deeper than C's stack.
local function gsub_calls(s, p, f, limit)
  local out, at, count = {}, 1, 0
  local once = string.sub(p, 1, 1) == "^"
  while at <= #s + 1 and count < (limit or huge) do
    local found = { rfind(s, p, at) }
    local first, last = found[1], found[2]
    if not first then break end
    count = count + 1
    charge(4)
    local whole = string.sub(s, first, last)
    local value = found[3] == nil and f(whole) or found[3] ~= nil and f(unpack(found, 3))
    local kind = type(value)
    if kind ~= "string" and kind ~= "number" and value then
      fail("R030", "invalid replacement value (a " .. kind .. ")")
    end
    out[#out + 1] = string.sub(s, at, first - 1) .. bounded(tostring(value or whole))
    at = last + 1
    if last < first then
      out[#out + 1] = string.sub(s, at, at)
      at = at + 1
    end
    if once then break end
  end
  out[#out + 1] = string.sub(s, at)
  return rconcat(out), count
end
local safe_string = {
  len = string.len,
  byte = function(s, i, j) return string.byte(read_text(s), i, j) end,
  sub = function(s, i, j) return (string.sub(read_text(s), i, j)) end,
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
    local replace = type(r) == "function" and gsub_calls or rgsub
    local out, count = replace(s, p, r, n)
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
-- These write past metatables, which all views and libraries have.
local function charge_own_table(t)
  charge_table(t)
  if getmetatable(t) == false then fail("R016", "this table is read-only") end
end
local safe_table = {
  insert = function(t, ...)
    charge_own_table(t)
    if select("#", ...) == 2 then check_position((...), #t + 1) end
    return table.insert(t, ...)
  end,
  remove = function(t, i)
    charge_own_table(t)
    if i ~= nil then check_position(i, #t + 1) end
    return table.remove(t, i)
  end,
  sort = function(t, f)
    charge_own_table(t)
    charge(#t)
    table.sort(t, f and function(a, b) charge(4) return f(a, b) end)
  end,
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
      if message == "not enough memory" then error(message, 0) end
      fail("R011", message)
    end
    loaded[name] = false
    local value = chunk(B, X, pow, cat, state.len, state.f, state.t, turns, varargs, text_of)
    loaded[name] = value == nil and true or value
  elseif loaded[name] == false then
    fail("R011", "module `" .. name .. "` requires itself")
  end
  return loaded[name]
end

local env = {
  type = type, tostring = safe_tostring, select = select, ipairs = ipairs, pairs = sorted_pairs,
  tonumber = function(x, base) return tonumber(read_text(x), base) end,
  unpack = function(t, i, j)
    charge_table(t)
    charge(rmax(0, (tonumber(j) or #t) - (tonumber(i) or 1)) / 16)
    return unpack(t, i, j)
  end,
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
  -- Library tables are read through empty ones, so that no script changes what another function calls.
  for name, library in next, env do
    if type(library) == "table" then
      env[name] = setmetatable({}, {
        __index = library,
        __newindex = function() fail("R016", "`" .. name .. "` is read-only") end,
        __metatable = false,
      })
    end
  end
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
)lua";

}  // namespace carrot
