print('x')  --! R050
