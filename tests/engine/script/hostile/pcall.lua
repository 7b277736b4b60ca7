while true do pcall(error) end  --! R050
