return { newproxy(true) }  --! R050
