jit.off()  --! R050
return {}
