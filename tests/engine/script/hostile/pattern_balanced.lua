local s = ('('):rep(60000)
for i = 1, 1000 do s:find('%b()') end
--? R053
