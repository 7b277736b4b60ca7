for i = 1, -1e15, -1 do end  --! R040
