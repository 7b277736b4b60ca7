local function f(...)
  while true do local a = { ... } end  --! R040
end
f(unpack({}, 1, 7000))
