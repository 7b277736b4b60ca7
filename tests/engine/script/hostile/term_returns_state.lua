return { function(s, a, p, m)
  return s
end }
--? R033
