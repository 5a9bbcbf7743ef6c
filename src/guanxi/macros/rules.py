"""How many macros there may be, and what their steps ask of whoever runs them."""

from __future__ import annotations

MOST_MACROS = 200  # of a workspace
MOST_ACTIONS = 10
# What a step asks for besides the right to serve, as the doors do that do the same by hand.
NEEDS = {
    "assign": "assign", "enqueue": "assign", "prioritise": "assign", "need": "assign", "promise": "supervise",
    "snooze": "resolve", "resolve": "resolve",
}  # fmt: skip
