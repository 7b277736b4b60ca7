return { function(s, a, p, m)
  error({ code = 1 })  --! R034
end }
