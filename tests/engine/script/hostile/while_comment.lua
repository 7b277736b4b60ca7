
while true do -- end  --! R040
end
