for i = 1, 1e5 do for j = 1, 1e5 do end end  --! R040
