function __len() return 0 end  --! R051
