local function f() return f() end  --! R040
f()
