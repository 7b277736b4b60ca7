return { function(s, a, p, m)
  for i = 1, 3 do ::again:: goto again end  --! R040
end }
