return { loadstring('return 1') }  --! R050
