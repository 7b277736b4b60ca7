return { ('x'):rep(2, ('y'):rep(60000)):rep(60000) }  --! R053
