local y = ('y'):rep(60000)
;(('x'):rep(60000)):gsub('x', function() return y end)  --! R040
