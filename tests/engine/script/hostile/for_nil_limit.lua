for i = 1, nil do end  --! R030
