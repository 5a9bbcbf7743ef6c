"""What is done about promises: policies are written down, clocks are kept."""
