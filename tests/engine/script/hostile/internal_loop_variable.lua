for __X = 1, 3 do end  --! R051
