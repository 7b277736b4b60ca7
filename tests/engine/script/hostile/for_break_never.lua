for i = 1, 1e15 do if i < 0 then break end end  --! R040
