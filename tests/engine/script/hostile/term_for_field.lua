return { function(s, a, p, m)
  local x = 0 for i = 1, 1e300 do x = x + i end return x  --! R040
end }
