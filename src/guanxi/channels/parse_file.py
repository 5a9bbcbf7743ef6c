"""Reads one raw payload from a file as a channel would: what `guanxi parse CHANNEL FILE` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from guanxi.channel_kit import Access, Happened, Received, Request
from guanxi.channels import get

FIRST = ("external_id", "sender", "thread", "sent_at", "content")


def parse_file(
    channel_key: str,
    raw: bytes,
    *,
    settings: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Iterator[dict[str, Any]]:
    """One plain object for each thing that was said or happened, ready for JSON; people by their external id.

    Nothing is verified. Sealed bodies need the secrets. Raises KeyError for an unknown channel and Malformed for a
    payload that cannot be read.
    """
    channel = get(channel_key)
    given = {setting.key: setting.default for setting in channel.manifest.settings if setting.default}
    request = Request(body=raw, query=query or {}, headers=headers or {}, received_at=datetime.now(UTC))
    access = Access(settings={**given, **(settings or {})}, secrets=secrets or {})
    for parsed in channel.parse(request, access):
        line: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(parsed))
        for party in ("sender", "group"):
            if line.get(party):
                line[party] = line[party]["external_id"]
        if isinstance(parsed, Received | Happened):
            line.setdefault("thread", "")
        yield {"kind": line.pop("kind"), **{name: line.pop(name) for name in FIRST if name in line}, **line}
