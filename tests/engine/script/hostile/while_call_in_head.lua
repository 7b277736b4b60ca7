local function f(n)
  if n > 0 then while f(n - 1) do end while f(n - 1) do end end
end
f(60)
--? R040
