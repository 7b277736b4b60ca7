local abs = math.abs
local function f(x) return abs(x) end  --! R040
abs = f
f(1)
