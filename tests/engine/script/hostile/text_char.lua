local t = {}
for i = 1, 7000 do t[i] = 65 end
while true do local x = string.char(unpack(t)) end  --! R040
