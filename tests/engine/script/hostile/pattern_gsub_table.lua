local t = { x = ('y'):rep(60000) }
;(('x'):rep(60000)):gsub('x', t)  --! R041
