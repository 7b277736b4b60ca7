local t = {}
t[0/0] = 1  --! R030
