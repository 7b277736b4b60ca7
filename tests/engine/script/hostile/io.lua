return { io.open('x') }  --! R050
