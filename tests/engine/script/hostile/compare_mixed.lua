return { 1 < 'x' }  --! R030
