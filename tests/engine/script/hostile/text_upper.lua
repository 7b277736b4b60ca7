local a = ('x'):rep(16000)
while true do local x = a:upper() end  --! R040
