local function f(__B) __B[1] = 9 end  --! R051
