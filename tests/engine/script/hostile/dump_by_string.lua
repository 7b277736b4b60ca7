return { ('x')['du' .. 'mp'](function() end) }  --! R030
