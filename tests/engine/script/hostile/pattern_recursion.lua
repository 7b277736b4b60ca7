local s = ('a'):rep(60000)
return { s:find(('(a-)'):rep(20) .. 'b') }  --! R053
