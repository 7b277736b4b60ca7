return setmetatable({}, { __gc = function() end })  --! R050
