local s = ('x'):rep(60000)
return { s:gsub('x', s) }  --! R040
