local t = { __call = function() return 1 end }
return { t() }  --! R030
