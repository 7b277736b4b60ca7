local s, t = ('x'):rep(1000), {}
for i = 1, 1e5 do t[i] = s end
return t
--? R026
