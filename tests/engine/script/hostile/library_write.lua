math.pi = 3  --! R017
return {}
