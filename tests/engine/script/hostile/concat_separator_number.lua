return { table.concat({ 1, 2 }, 5) }
--? R030
