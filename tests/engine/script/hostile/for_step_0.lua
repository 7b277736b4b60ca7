
for i = 1, 2, 0 do end
local function f() return f() end f()
--? R040
