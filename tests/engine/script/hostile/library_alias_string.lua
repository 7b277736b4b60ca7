local s = string
s.rep = nil  --! R016
