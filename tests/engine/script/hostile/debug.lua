return { debug.getregistry() }  --! R050
