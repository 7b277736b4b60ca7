while true do
  if true then goto continue end
  local x = 1
  ::continue::
end
--? R040
