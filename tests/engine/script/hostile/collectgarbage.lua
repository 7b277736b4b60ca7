collectgarbage('stop')  --! R050
