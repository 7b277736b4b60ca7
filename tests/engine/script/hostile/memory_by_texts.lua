local t, n = {}, 0
while true do n = n + 1 t[n] = ('x'):rep(100) .. n end  --! R041
