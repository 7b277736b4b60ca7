local m = math
m.abs = function(x) return m.abs(x) end  --! R016
