local function f(g) return g(g) end  --! R040
f(f)
