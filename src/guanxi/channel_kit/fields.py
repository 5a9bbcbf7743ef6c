"""Takes a field out of a document whose shape nobody promises: what is not there or not right reads as empty."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from guanxi.channel_kit.inbound import Malformed
from guanxi.channel_kit.json import clean

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 250_000_000_000  # the year 9892; beyond it dates overflow as soon as a zone is applied
_LONGEST_ID = 200


def text(document: Any, *path: str) -> str:
    """The text at the path; a number reads as its digits, anything else as ''."""
    value = _at(document, path)
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return str(value)
    return clean(value) if isinstance(value, str) else ""


def whole(document: Any, *path: str) -> int:
    """The number at the path, cut to a whole one that a database column holds; 0 when there is none."""
    value = number(document, *path)
    return int(value) if value is not None and abs(value) < 2**53 else 0


def number(document: Any, *path: str) -> float | None:
    """The finite number at the path, also when it is written as text."""
    value = _at(document, path)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and len(value) > 40:
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if math.isfinite(read) else None


def branch(document: Any, *path: str) -> Mapping[str, Any]:
    """The object at the path, or an empty one."""
    value = _at(document, path)
    return value if isinstance(value, dict) else {}


def items(document: Any, *path: str) -> list[Any]:
    """The list at the path, or an empty one."""
    value = _at(document, path)
    return value if isinstance(value, list) else []


def identifier(document: Any, *path: str) -> str:
    """A platform's id: printable, without spaces at its ends, not longer than we keep. '' when it is not one."""
    value = text(document, *path).strip()
    return value if len(value) <= _LONGEST_ID and value.isprintable() else ""


def web_address(document: Any, *path: str) -> str:
    """An http or https address, or ''."""
    value = text(document, *path).strip()
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    return value if parts.scheme in ("http", "https") and parts.netloc and len(value) <= 8192 else ""


def moment(document: Any, *path: str, per_second: int = 1) -> datetime:
    """The time at the path, counted from 1970 in seconds or 1/`per_second`, in UTC. Raises Malformed when it is none."""
    value = number(document, *path)
    if value is None or not 0 < value / per_second < _LATEST:
        raise Malformed(f"{'.'.join(path)} is not a time")
    return _EPOCH + timedelta(seconds=value / per_second)


def stable_id(*parts: str) -> str:
    """One id out of what never changes in a redelivery. Long ones are folded, and stay as different as they were."""
    joined = ":".join(part for part in parts if part)
    if len(joined) <= _LONGEST_ID and joined.isprintable():
        return joined
    return "sha256:" + hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()


def _at(document: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if not isinstance(document, dict):
            return None
        document = document.get(step)
    return document
