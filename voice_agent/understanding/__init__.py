"""What a caller's words mean: numbers, dates, times, names, yes and no. Pure."""
