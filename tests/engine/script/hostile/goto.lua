
::again:: goto again  --! R040
