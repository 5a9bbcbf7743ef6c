"""What may stand in an attribute: one form of text for each kind, so that everybody reads it alike. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from guanxi.team.model import Attribute

LONGEST_VALUE = 2000
_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,9})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def key_for(name: str) -> str:
    """The key of an attribute that is called so: without spaces and signs that a variable cannot hold."""
    return re.sub(r"_+", "_", re.sub(r"[\s{}|.]+", "_", name.strip().lower())).strip("_")[:40]


def read_value(attribute: Attribute, text: str) -> str | None:
    """The value in its one form (12.5, 2026-01-31, yes); '' is no value; None: it cannot stand there."""
    text = text.strip()
    if not text:
        return ""
    match attribute.kind:
        case "number":
            return _number(text)
        case "date":
            return _date(text)
        case "choice":
            return text if text in attribute.choices else None
        case "yes_no":
            return text if text in ("yes", "no") else None
    return text if len(text) <= LONGEST_VALUE else None


def wrong_values(attributes: Sequence[Attribute], changed: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The changed values in their one form, and the keys of those that cannot stand. What no attribute defines is
    free text: channels and visitors bring such."""
    defined = {one.key: one for one in attributes}
    values: dict[str, str] = {}
    wrong: list[str] = []
    for key, text in changed.items():
        value = read_value(defined[key], text) if key in defined else text.strip()
        if value is None or len(text) > LONGEST_VALUE:
            wrong.append(key)
        else:
            values[key] = value
    return values, wrong


def _number(text: str) -> str | None:
    if not _NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    plain = format(number, "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in ("-0", "+0", "") else plain.lstrip("+")


def _date(text: str) -> str | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None
