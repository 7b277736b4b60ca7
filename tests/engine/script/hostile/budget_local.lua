local __X = 1  --! R051
return {}
