local a = ('x'):rep(-1e308)
local b = ('x'):rep(0/0)
return { a .. ('x'):rep(1e308) }  --! R053
