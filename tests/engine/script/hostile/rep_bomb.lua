return { ('x'):rep(1e9) }  --! R053
