"""Variables in what a rule or a macro says: `{{contact.name}}`, or `{{contact.name|there}}` with a word for when nothing is
known. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from guanxi.automation.model import Action, Note, Reply

# As the desk reads them in quick phrases: one meaning in both.
VARIABLE = re.compile(
    r"\{\{\s*((?:contact|conversation|agent|workspace)\.[^{}|\s]+(?:[^{}|]*[^{}|\s])?)\s*(?:\|([^{}]*))?\}\}"
)


def filled(text: str, values: Mapping[str, str]) -> tuple[str, list[str]]:
    """The text with what is known, else with the word behind the bar; and the names of what has neither, which stays."""
    missing: list[str] = []

    def fill(found: re.Match[str]) -> str:
        value = (values.get(found[1]) or "").strip() or (found[2] or "").strip()
        if not value:
            missing.append(found[1])
        return value or found[0]

    return VARIABLE.sub(fill, text), missing


def asks(actions: Sequence[Action]) -> bool:
    """Does any of them say something with a variable in it?"""
    return any(isinstance(one, Note | Reply) and VARIABLE.search(one.text) for one in actions)


def said_by(action: Action, values: Mapping[str, str]) -> tuple[Action, list[str]]:
    """The action with its words filled, and what nothing is known of."""
    if not isinstance(action, Note | Reply):
        return action, []
    text, missing = filled(action.text, values)
    return msgspec.structs.replace(action, text=text), missing
