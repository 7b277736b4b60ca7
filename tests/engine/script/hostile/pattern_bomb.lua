local s = ('a'):rep(3000)
return { s:find(('a*'):rep(20) .. 'b') }  --! R053
