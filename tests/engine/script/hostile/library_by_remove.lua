table.remove(string)  --! R016
