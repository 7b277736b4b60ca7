return getfenv(0)  --! R050
