local t = require '../../etc/passwd'  --! R011
return t
