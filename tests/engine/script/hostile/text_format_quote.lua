local a = ('\0'):rep(60000)
return { ('%q'):format(a) }  --! R053
