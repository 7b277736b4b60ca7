
repeat local x = 1 until x == 2  --! R040
