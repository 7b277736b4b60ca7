---@meta
-- What reward scripts can use, for the Lua language server. Written by
-- `carrot api --luals .`; with --check it tells whether this is up to date.

-- A vector of up to 16 elements, read-only: v[1], component names, #v.
---@class carrot.Vector
---@field [integer] number
---@operator len: integer
---@field dot fun(self: carrot.Vector, other: carrot.Vector|number[]): number scalar product
---@field norm fun(self: carrot.Vector): number Euclidean length
---@field at fun(self: carrot.Vector, i: integer): number element i, from 1; the only way to read fields above 16 elements
---@field size fun(self: carrot.Vector): integer number of elements

-- A longer field: v:at(i) and #v.
---@class carrot.Large
---@operator len: integer
---@field dot fun(self: carrot.Vector, other: carrot.Vector|number[]): number scalar product
---@field norm fun(self: carrot.Vector): number Euclidean length
---@field at fun(self: carrot.Vector, i: integer): number element i, from 1; the only way to read fields above 16 elements
---@field size fun(self: carrot.Vector): integer number of elements

---@class carrot.Step
---@field prev carrot.State the state before the step
---@field step integer steps since the reset; 1 is the first
---@field t number s: seconds since the reset, step * dt
---@field dt number s: seconds of a step
---@field horizon integer steps after which the episode is cut; 0: none
---@field terminated boolean this step ended the episode (a time limit does not)

---@class carrot.State: carrot.Step
---@field [string] any

---@class carrot.Action: carrot.Vector
---@field [string] number

-- The declared `params` and `memory`.
---@class carrot.Params
---@field [string] number

---@class carrot.Memory
---@field [string] any

---@alias carrot.TermFunction fun(s: carrot.State, a: carrot.Action, p: carrot.Params, m: carrot.Memory): number|boolean

-- What the library makes of functions and the memory that they need.
---@class carrot.Part
---@field fn carrot.TermFunction
---@field memory? table
---@field uses? table

-- A reward: what a script returns.
---@class carrot.Reward
---@field task? string the task's name, so that no command needs --task
---@field doc? string what the reward should teach
---@field params? table<string, number|carrot.Param> sliders and sweep axes, read as p.NAME
---@field memory? table<string, number|number[]|table|fun(s: carrot.State): number> per episode, read and written as m.NAME; a function of the reset state, or { size = n, fn = }, gives its start
---@field derive? table<string, fun(s: carrot.State, a: carrot.Action, p: carrot.Params): number> shared expressions, read as s.NAME and s.prev.NAME
---@field terms? carrot.Term[] in order
---@field potential? carrot.TermFunction|carrot.Part|carrot.Potential adds gamma * phi(s') - phi(s), with phi of a terminal state 0
---@field observe? string[] memory entries that the policy sees
---@field combine? "sum"|"product"|"harmonic"|"hamacher"|"sign"|fun(t: table<string, number>, p: carrot.Params): number how weighted terms become the total; a function reads them as t.NAME
---@field shape? table[] stages from require "shape", from the total to the reward
---@field schedule? table[] rules from require "multi", by which training changes weights
---@field expect? carrot.Expect[] examples that `carrot check` runs
---@field mute? table<string, string> a lint or alarm, and why it does not apply

---@param t carrot.Reward
---@return carrot.Reward
function reward(t) end

-- A named term; its first item is its name, a second one a field in place of `fn`.
---@class carrot.Term
---@field [1] string
---@field [2] string?
---@field fn? carrot.TermFunction|carrot.Part its value on a step; or name a field as the second item
---@field weight? number applied afterwards, so it can change without simulating; 1 if not given
---@field kind? "dense"|"event"|"penalty"|"shaping"|"success_bonus"|"monitor" for lints and displays; a monitor is never in the total
---@field range? number[] { low, high } of the raw value
---@field unit? string of the raw value
---@field doc? string one line

---@param t carrot.Term
---@return carrot.Term
function term(t) end

-- A parameter; its first item is its value.
---@class carrot.Param
---@field [1] number
---@field min? number lowest value that makes sense
---@field max? number highest value that makes sense
---@field unit? string of the value
---@field doc? string one line

---@param t carrot.Param
---@return carrot.Param
function param(t) end

-- A potential with a weight.
---@class carrot.Potential
---@field fn? carrot.TermFunction|carrot.Part phi
---@field weight? number of the shaping; 1 if not given

-- An example: given this state, terms must be so.
---@class carrot.Expect
---@field state? table<string, number|boolean|number[]> fields; those not given are of a reset without noise
---@field prev? table<string, number|boolean|number[]> fields before the step; as `state` else
---@field memory? table<string, number|number[]> before the step
---@field action? number[] 0 if not given
---@field terms? table<string, number> what the raw values must be
---@field within? number absolute tolerance; 1e-9 if not given

-- Lua's own, as far as scripts have it.
bit = {}
math = {}
string = {}
table = {}
---@param ok any
---@param message? string
---@return any
function assert(ok, message) end
---@type any
bit.arshift = nil
---@type any
bit.band = nil
---@type any
bit.bnot = nil
---@type any
bit.bor = nil
---@type any
bit.bxor = nil
---@type any
bit.lshift = nil
---@type any
bit.rol = nil
---@type any
bit.ror = nil
---@type any
bit.rshift = nil
---@type any
bit.tobit = nil
---@param message string
function error(message) end
---@param t table
---@return fun(t: table, i: integer): integer, any
function ipairs(t) end
---@param x number
---@return number
function math.abs(x) end
---@param x number
---@return number
function math.acos(x) end
---@param x number
---@return number
function math.asin(x) end
---@param x number
---@return number
function math.atan(x) end
---@param y number
---@param x number
---@return number
function math.atan2(y, x) end
---@param x number
---@return integer
function math.ceil(x) end
---@param x number
---@return number
function math.cos(x) end
---@param x number
---@return number
function math.cosh(x) end
---@param x number
---@return number
function math.deg(x) end
---@param x number
---@return number
function math.exp(x) end
---@param x number
---@return integer
function math.floor(x) end
---@param x number
---@param y number
---@return number
function math.fmod(x, y) end
---@type any
math.frexp = nil
---@type number
math.huge = nil
---@type any
math.ldexp = nil
---@param x number
---@param base? number
---@return number
function math.log(x, base) end
---@param x number
---@return number
function math.log10(x) end
---@param x number
---@param ... number
---@return number
function math.max(x, ...) end
---@param x number
---@param ... number
---@return number
function math.min(x, ...) end
---@type any
math.modf = nil
---@type number
math.pi = nil
---@param x number
---@param y number
---@return number
function math.pow(x, y) end
---@param x number
---@return number
function math.rad(x) end
---@param low? integer
---@param high? integer
---@return number
function math.random(low, high) end
---@param x number
---@return number
function math.sin(x) end
---@param x number
---@return number
function math.sinh(x) end
---@param x number
---@return number
function math.sqrt(x) end
---@param x number
---@return number
function math.tan(x) end
---@param x number
---@return number
function math.tanh(x) end
---@param t table
---@return fun(t: table, k: any): any, any
function pairs(t) end
---@param name string
---@return any
function require(name) end
---@param n integer|"#"
---@param ... any
---@return any
function select(n, ...) end
---@type any
string.byte = nil
---@type any
string.char = nil
---@type any
string.find = nil
---@param format string
---@param ... any
---@return string
function string.format(format, ...) end
---@type any
string.gmatch = nil
---@type any
string.gsub = nil
---@param s string
---@return integer
function string.len(s) end
---@param s string
---@return string
function string.lower(s) end
---@type any
string.match = nil
---@param s string
---@param n integer
---@param separator? string
---@return string
function string.rep(s, n, separator) end
---@type any
string.reverse = nil
---@param s string
---@param first integer
---@param last? integer
---@return string
function string.sub(s, first, last) end
---@param s string
---@return string
function string.upper(s) end
---@param t table
---@param separator? string
---@param first? integer
---@param last? integer
---@return string
function table.concat(t, separator, first, last) end
---@param t table
---@param ... any
function table.insert(t, ...) end
---@param t table
---@param i? integer
---@return any
function table.remove(t, i) end
---@param t table
---@param less? fun(a: any, b: any): boolean
function table.sort(t, less) end
---@param x any
---@param base? integer
---@return number?
function tonumber(x, base) end
---@param x any
---@return string
function tostring(x) end
---@param x any
---@return string
function type(x) end
---@param t table
---@param first? integer
---@param last? integer
---@return any
function unpack(t, first, last) end
