return { tools }  --! R011
