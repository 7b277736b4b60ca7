local t = {}
return { function(s, a, p, m)
  local q = t q[1] = 1 while true do end  --! R040
end }
