local a = ('1'):rep(16000)
return { a:byte(1, -1) }  --! R030
