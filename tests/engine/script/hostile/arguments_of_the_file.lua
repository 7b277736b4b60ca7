local b = ...  --! R050
b[1] = math.huge
while true do end
