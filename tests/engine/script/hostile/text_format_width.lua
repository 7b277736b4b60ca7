return { ('%100d'):format(1) }  --! R030
