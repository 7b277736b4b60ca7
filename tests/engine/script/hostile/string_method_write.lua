local s = 'x'
s.rep = error  --! R030
