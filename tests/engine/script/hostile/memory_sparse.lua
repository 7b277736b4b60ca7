local t = {}
for i = 1, 40 do t[2 ^ i] = i end
for i = 1, #t do end
while true do t = { t, t, t, t } end
--? R041
