local t = nil
return { t.x }  --! R030
