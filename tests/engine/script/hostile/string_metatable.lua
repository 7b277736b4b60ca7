return { getmetatable('').__index }  --! R050
