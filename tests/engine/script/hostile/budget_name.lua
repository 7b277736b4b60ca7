__B[1] = 1e300  --! R051
return {}
