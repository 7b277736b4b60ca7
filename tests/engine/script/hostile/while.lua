
while true do end  --! R040
