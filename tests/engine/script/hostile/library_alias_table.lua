local t = table
t.insert = error  --! R016
