return { function(s, a, p)
  local n = math n.huge = 5 return n.huge  --! R016
end }
