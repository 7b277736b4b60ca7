return { function(s, a, p, m)
  m.last[4] = 1 return 1  --! R013
end }
