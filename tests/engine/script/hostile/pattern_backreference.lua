local s = ('a'):rep(30000)
s:find('(.-)%1%1%1b')  --! R053
