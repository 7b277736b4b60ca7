local t = { unpack({ 1 }, 0/0, 0/0) }  --! R040
