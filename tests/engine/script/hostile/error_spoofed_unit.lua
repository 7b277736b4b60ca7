error('s99:1: fake', 2)  --! R034
