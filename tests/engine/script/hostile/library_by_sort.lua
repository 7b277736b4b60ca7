table.sort(math)  --! R016
