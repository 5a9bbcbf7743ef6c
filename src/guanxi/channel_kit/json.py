"""Reads JSON from outside strictly, and makes its strings fit to be kept."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from guanxi.channel_kit.inbound import Malformed

LARGEST = 1024 * 1024
DEEPEST = 32

_UNWELCOME = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """The text as valid UTF-8 without NUL: what the database would refuse becomes U+FFFD."""
    return _UNWELCOME.sub("\ufffd", text)


def read_json(body: bytes, *, largest: int = LARGEST) -> Any:
    """The document with every string clean. Raises Malformed, also for doubled keys, NaN, endless numbers and depth."""
    if len(body) > largest:
        raise Malformed(f"the JSON is larger than {largest} bytes")
    try:
        document = json.loads(
            body.decode("utf-8-sig", "replace"),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except RecursionError as error:
        raise Malformed(f"the JSON is deeper than {DEEPEST} levels") from error
    except ValueError as error:
        raise Malformed(f"the JSON cannot be read: {error}") from error
    return _cleaned(document, DEEPEST)


def read_object(body: bytes, *, largest: int = LARGEST) -> dict[str, Any]:
    """Like `read_json`, for documents that have to be an object."""
    document = read_json(body, largest=largest)
    if not isinstance(document, dict):
        raise Malformed("the JSON is not an object")
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) != len(pairs):
        raise Malformed("the JSON names a key twice")
    return built


def _no_constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Malformed("a number is too large")
    return number


def _cleaned(value: Any, levels: int) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | dict) and levels == 0:
        raise Malformed(f"the JSON is deeper than {DEEPEST} levels")
    if isinstance(value, list):
        return [_cleaned(item, levels - 1) for item in value]
    if isinstance(value, dict):
        return {clean(key): _cleaned(item, levels - 1) for key, item in value.items()}
    return value
