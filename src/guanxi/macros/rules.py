"""Variables in what a macro says: `{{contact.name}}`, or `{{contact.name|there}}` with a word for when nothing is known."""

from __future__ import annotations

import re
from collections.abc import Mapping

MOST_MACROS = 200  # of a workspace
MOST_ACTIONS = 10
# What a step asks for besides the right to serve, as the doors do that do the same by hand.
NEEDS = {
    "assign": "assign", "enqueue": "assign", "prioritise": "assign", "need": "assign", "promise": "supervise",
    "snooze": "resolve", "resolve": "resolve",
}  # fmt: skip
# As the desk reads them in quick phrases: one meaning in both.
VARIABLE = re.compile(
    r"\{\{\s*((?:contact|conversation|agent|workspace)\.[^{}|\s]+(?:[^{}|]*[^{}|\s])?)\s*(?:\|([^{}]*))?\}\}"
)


def filled(text: str, values: Mapping[str, str]) -> tuple[str, list[str]]:
    """The text with what is known, else with the word behind the bar; and the names of what has neither, which stays."""
    missing: list[str] = []

    def fill(found: re.Match[str]) -> str:
        value = values.get(found[1], "").strip() or (found[2] or "").strip()
        if not value:
            missing.append(found[1])
        return value or found[0]

    return VARIABLE.sub(fill, text), missing
