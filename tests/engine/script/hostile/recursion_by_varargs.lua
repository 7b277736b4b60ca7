local function f(...) return f(1, ...) end  --! R040
f()
