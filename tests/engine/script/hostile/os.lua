local t = os.time()  --! R050
return {}
