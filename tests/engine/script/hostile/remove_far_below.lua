table.remove({ 1 }, -2^31)  --! R030
return {}
