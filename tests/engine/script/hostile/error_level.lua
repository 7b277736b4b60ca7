error('x', 1e308)  --! R034
