for i = -math.huge, math.huge do end  --! R040
