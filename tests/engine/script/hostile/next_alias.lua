local n = next  --! R050
