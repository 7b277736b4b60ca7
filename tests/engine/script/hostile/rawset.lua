rawset(math, 'pi', 3)  --! R050
return {}
