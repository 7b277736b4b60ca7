local t = {}
t.f = function(n) return t.f(n + 1) end  --! R040
t.f(1)
