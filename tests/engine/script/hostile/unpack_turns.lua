while true do local a = unpack({}, 1, 7000) end  --! R040
