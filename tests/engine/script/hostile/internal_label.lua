::__B:: goto __B  --! R040
