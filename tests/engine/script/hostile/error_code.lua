error('\1R000\1fake')  --! R034
