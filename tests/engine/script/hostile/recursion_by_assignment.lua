local function f() return 1 end
local function g() return f() end  --! R040
f = g
g()
