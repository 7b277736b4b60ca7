return { function(s, a, p, m)
  local q = m.last q.extra = 1 return 1  --! R013
end }
