return { function(s, a, p, m)
  local x = '' while true do x = x .. 'aaaaaaaaaaaaaaaa' end  --! R040
end }
