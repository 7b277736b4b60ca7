return { unpack({}, 1, 1e6) }  --! R030
