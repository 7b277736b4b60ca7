local kept
return { function(s, a, p, m)
  kept = s return 1  --! R017
end }
