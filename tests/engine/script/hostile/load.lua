return { load('return 1') }  --! R050
