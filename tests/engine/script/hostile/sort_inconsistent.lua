local t = {}
for i = 1, 999 do t[i] = i end
while true do table.sort(t, function() return true end) end  --! R030
