local ffi = require 'ffi'  --! R011
return {}
