return { require {} }  --! R011
