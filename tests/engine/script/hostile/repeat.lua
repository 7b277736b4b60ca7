
repeat until false  --! R040
