local function f(n)
  if n > 0 then repeat until not f(n - 1) repeat until not f(n - 1) end
end
f(60)
--? R040
