assert(false, {})  --! R034
