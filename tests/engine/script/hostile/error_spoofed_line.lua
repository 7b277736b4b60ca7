error('s0:77: fake')  --! R034
