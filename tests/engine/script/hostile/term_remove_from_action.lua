return { function(s, a)
  table.remove(a) return 1  --! R016
end }
