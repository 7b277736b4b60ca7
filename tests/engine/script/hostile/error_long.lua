error(('x'):rep(60000))  --! R034
