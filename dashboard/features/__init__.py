"""One room for each noun that a finance person would say."""
