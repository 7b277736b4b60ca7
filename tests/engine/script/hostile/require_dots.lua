return { require '../tolerance' }  --! R011
