return { function(s, a, p, m)
  local r = 0 while r >= 0 do r = math.random() end return r  --! R040
end }
