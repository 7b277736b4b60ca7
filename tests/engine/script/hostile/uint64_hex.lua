return { 0xffULL }  --! R050
