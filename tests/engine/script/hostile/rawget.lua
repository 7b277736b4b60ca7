return { rawget(math, 'abs') }  --! R050
