local c = coroutine  --! R050
