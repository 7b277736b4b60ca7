local t = {}
for i = 1, 7 do t[i] = ('a'):rep(8000 + i) end
local i, x = 0, 0
while true do i = i + 1 if t[i % 7 + 1] < t[i % 5 + 1] then x = x + 1 end if t[i % 7 + 1] < t[i % 3 + 1] then x = x + 1 end end  --! R040
