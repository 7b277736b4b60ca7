return { 1LL + 1 }  --! R050
