error()  --! R034
