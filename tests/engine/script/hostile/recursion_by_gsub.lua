local function f(x) return (x:gsub('.', f)) end
f('a')
--? R042
