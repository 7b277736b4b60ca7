local a = ('1'):rep(16000)
local x = 0
while true do x = a + a + a + a + a + a + a + a end  --! R040
