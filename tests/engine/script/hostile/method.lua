local t = {}
function t:f() return self:f() end  --! R040
t:f()
