error({})  --! R034
