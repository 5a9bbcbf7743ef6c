"""Calling LINE: where, with whose token, and what it complains about."""

from __future__ import annotations

from typing import Any

import msgspec

from guanxi.channel_kit import Access, Answer
from guanxi.channel_kit.fields import items, text

LONGEST_TOKEN = 1000


async def ask(
    access: Access, method: str, path: str, json: Any = None, *, headers: dict[str, str] | None = None
) -> Answer:
    return await access.http(
        method, base(access, "api_base") + path, headers={**bearer(access), **(headers or {})}, json=json
    )


def bearer(access: Access) -> dict[str, str]:
    return {"authorization": f"Bearer {access.secrets.get('channel_access_token', '')}"}


def base(access: Access, which: str) -> str:
    default = {"api_base": "https://api.line.me", "data_base": "https://api-data.line.me"}[which]
    return (access.settings.get(which) or default).rstrip("/")


def token_of(message: Any, name: str) -> str:
    """What is handed back to LINE as it came; how long one may be is not told."""
    value = text(message, name)
    return value if len(value) <= LONGEST_TOKEN and value.isprintable() else ""


def complaint(answer: Answer) -> str:
    """The platform's own sentence about what it did not like, or ''."""
    try:
        told = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, RecursionError):
        return ""
    places = [f"{text(item, 'property')}: {text(item, 'message')}" for item in items(told, "details")[:3]]
    return "; ".join([text(told, "message"), *places])[:500]
