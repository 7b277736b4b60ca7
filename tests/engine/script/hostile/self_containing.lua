local t = {}
t.t = t
return t
--? R026
