return { function(s, a, p, m)
  s.cells.at = error return 1  --! R016
end }
