for i = 1, 1e9 do local s = ('x'):rep(60000) end  --! R040
