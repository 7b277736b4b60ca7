return { function(s, a, p, m)
  error(s)  --! R034
end }
