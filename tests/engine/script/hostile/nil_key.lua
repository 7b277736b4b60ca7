local t = {}
t[nil] = 1  --! R030
