local t = { __gc = function() while true do end end }
t = nil
local u = {}
for i = 1, 1e5 do u = {} end
while true do end  --! R040
