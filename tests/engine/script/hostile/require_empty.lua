return { require '' }  --! R011
