local t = {}
for i = 1, 9e5 do t = { t, {}, {}, {}, {}, {}, {}, {}, {} } end  --! R041
