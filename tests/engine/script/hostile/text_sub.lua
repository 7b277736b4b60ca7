local a = ('1'):rep(16000)
local i = 0
while true do i = i + 1 local x = a:sub(i % 7) end  --! R040
