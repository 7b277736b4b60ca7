return { ('x'):dump() }  --! R030
