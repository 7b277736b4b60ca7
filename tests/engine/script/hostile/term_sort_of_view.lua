return { function(s)
  table.sort(s.pos) return 1  --! R016
end }
