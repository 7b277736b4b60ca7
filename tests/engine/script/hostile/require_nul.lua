return { require 'tolerance\0/../../secret' }  --! R011
