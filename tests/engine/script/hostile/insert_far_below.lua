table.insert({}, -2^31, 1)  --! R030
return {}
