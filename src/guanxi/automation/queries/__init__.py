"""What automation reads: the rules that are kept with what they look at, and what happened before."""
