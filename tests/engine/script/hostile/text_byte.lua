local a = ('1'):rep(16000)
while true do local x = { a:byte(1, 7000) } end  --! R040
