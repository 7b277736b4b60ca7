local t = { n_ = 1e308 }
for i = 1, #t do end  --! R040
