return { select(0, 1) }  --! R030
