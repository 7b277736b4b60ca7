local function f() for i = 1, 1e15 do if i < 0 then return end end end  --! R040
f()
