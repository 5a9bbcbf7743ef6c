"""How fast, beside a reference of its own in the same run: one file per figure, `bin/bench NAME [--json]`."""
