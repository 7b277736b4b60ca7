return { table.concat({}, '', -1e15, 0) }  --! R053
