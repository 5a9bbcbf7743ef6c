"""What each command does: one file for each room of them. `cli.py` puts them in order."""
