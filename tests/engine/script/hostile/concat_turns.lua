while true do local t = { 1, 2, 3 } table.concat(t, '', 1, 3) end  --! R040
