table.insert(math, 1)  --! R016
