local s = ('a'):rep(300)
s:find(('(a)'):rep(40))  --! R030
