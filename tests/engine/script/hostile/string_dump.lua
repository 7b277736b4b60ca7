return { string.dump(function() end) }  --! R050
