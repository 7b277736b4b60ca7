local function f() return 1 + f() end  --! R042
f()
