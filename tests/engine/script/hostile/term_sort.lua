return { function(s, a, p, m)
  local t = {} for i = 1, 5000 do t[i] = i * 7919 % 5003 end table.sort(t, function(x, y) return x < y end) return t[1]  --! R040
end }
