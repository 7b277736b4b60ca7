return package.loaded  --! R050
