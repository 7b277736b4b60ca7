error(nil)  --! R034
