return { _G.io }  --! R050
