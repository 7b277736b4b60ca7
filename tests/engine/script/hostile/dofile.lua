return dofile('x.lua')  --! R050
