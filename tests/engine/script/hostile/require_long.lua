return { require(('x'):rep(60000)) }  --! R011
