return { function(s, a, p, m)
  return math.huge
end }
--? R032
