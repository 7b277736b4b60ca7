local t = { __index = function() while true do end end }
local x = t.missing
return { t.missing.x }  --! R030
