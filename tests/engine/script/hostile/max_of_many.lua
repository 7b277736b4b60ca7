local t = {}
for i = 1, 7000 do t[i] = i end
while true do local x = math.max(unpack(t)) end  --! R040
