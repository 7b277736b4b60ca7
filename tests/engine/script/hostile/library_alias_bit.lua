local b = bit
b.band = nil  --! R016
