"""What an entry says of a change: which fields, from what to what, and never a secret. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

# What the log can be filtered by: the first word of every action.
AREAS = (
    "sign_in", "agent", "role", "team", "token", "workspace", "inbox", "queue", "hours", "policy", "rule", "webhook", "attribute",
    "contact", "conversation", "reveal", "export", "command",
)  # fmt: skip
SECRET = frozenset({"secret", "old_secret", "secrets", "hash", "password"})
LONG = frozenset(
    {"conditions", "actions", "extras", "week", "holidays", "menu", "planned", "planned_otherwise"}
)  # that it changed is said, not how
LONGEST = 200  # characters of a value
MOST = 40  # fields
MASK = "•••"


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, list[Any]]:
    """{field: [before, after]} of what differs; members of an object stand alone, as settings.color."""
    before, after = _flat(was), _flat(now)
    fields = [field for field in sorted({*before, *after}) if before.get(field) != after.get(field)]
    told = {field: [_shown(field, one.get(field)) for one in (before, after)] for field in fields[:MOST]}
    return {field: both for field, both in told.items() if both != [None, None]}


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, Mapping) and key not in SECRET | LONG:
            flat |= {f"{key}.{inner}": part for inner, part in value.items()}
        else:
            flat[key] = value
    return flat


def _shown(field: str, value: Any) -> Any:
    if value in (None, "", [], {}):
        return None
    if SECRET & set(field.split(".")):
        return MASK
    if field in LONG:
        return "…"
    if field == "url":  # what stands behind the question mark may be a key
        return _cut(str(value).partition("?")[0].rpartition("@")[2])
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return _cut(", ".join(value))
    return _cut(value if isinstance(value, str) else msgspec.json.encode(value).decode())


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
