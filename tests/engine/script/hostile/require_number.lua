return { require(1) }  --! R011
