assert(nil)  --! R034
