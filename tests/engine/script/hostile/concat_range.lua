return { table.concat({}, '', 1, 1e15) }  --! R053
