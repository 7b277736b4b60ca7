local t = {}
for i = 1, 500 do t[i] = i end
while true do local s = table.concat(t, ',') end  --! R040
