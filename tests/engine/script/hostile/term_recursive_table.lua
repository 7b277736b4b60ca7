return { function(s, a, p, m)
  local t = {} for i = 1, 9e4 do t[i] = { t } end return 1
end }
--? R041
