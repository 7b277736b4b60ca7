return { unpack({}, 1, 1e8) }  --! R040
