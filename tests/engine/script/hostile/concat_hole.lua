return { table.concat({}, '', 1, 1000) }  --! R030
