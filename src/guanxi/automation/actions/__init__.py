"""What routing does, one file for each kind of change."""
