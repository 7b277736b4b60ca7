error(function() end)  --! R034
