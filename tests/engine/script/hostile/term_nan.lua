return { function(s, a, p, m)
  return 0 / 0
end }
--? R031
