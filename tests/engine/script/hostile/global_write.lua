evil = 1  --! R017
return {}
