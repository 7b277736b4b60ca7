local function f() for _ in f do end end  --! R042
f()
