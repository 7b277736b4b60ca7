return { 2i }  --! R050
