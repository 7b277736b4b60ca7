local function f() return 1 end
local function g() return f() end
function f() return g() end
g()
--? R040
