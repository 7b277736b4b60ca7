local t = {}
for i = 1, 1000 do t[i] = ('x'):rep(60000) end  --! R040
return { table.concat(t) }
