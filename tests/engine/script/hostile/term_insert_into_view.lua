return { function(s)
  table.insert(s.pos, 1) return 1  --! R016
end }
