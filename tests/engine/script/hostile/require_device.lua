return { require '/dev/zero' }  --! R011
