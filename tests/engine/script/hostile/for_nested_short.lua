local x = 0
for a = 1, 9 do for b = 1, 9 do for c = 1, 9 do for d = 1, 9 do for e = 1, 9 do for f = 1, 9 do for g = 1, 9 do for h = 1, 9 do x = x + 1 end end end end end end end end  --! R040
