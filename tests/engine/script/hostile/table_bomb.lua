local t = {}
for i = 1, 9e5 do t[i] = { i, i, i, i, i, i, i, i } end  --! R041
