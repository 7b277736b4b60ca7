local a = ('1'):rep(16000)
while true do local x = tonumber(a) end  --! R040
