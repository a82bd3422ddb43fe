QUICK = (1, 2)
