local function f(n, ...)
  if n > 0 then return f(n - 1, n, n, n, n, n, n, n, n, ...) end
  local last
  while true do local a = { ... } last = a end  --! R040
end
f(900)
