local t = {}
for i = 1, 7 do t[i] = ('1'):rep(16000 + i) end
local i, x = 0, 0
while true do i = i + 1 x = x + t[i % 7 + 1] + t[i % 5 + 1] + t[i % 3 + 1] end  --! R040
