return { function(s, a, p, m)
  return function() end
end }
--? R033
