for i = 1LL, 2LL do end  --! R050
