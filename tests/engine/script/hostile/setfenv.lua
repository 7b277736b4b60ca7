setfenv(1, {})  --! R050
return {}
