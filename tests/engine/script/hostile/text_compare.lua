local a = ('a'):rep(16000)
local b, c, x = a .. 'b', a .. 'c', 0
while true do x = a < b and b < c and a < c and b <= c and a <= c end  --! R040
