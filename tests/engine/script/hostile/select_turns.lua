local function f(...)
  while true do local a = select(-1, ...) end  --! R040
end
f(unpack({}, 1, 7000))
