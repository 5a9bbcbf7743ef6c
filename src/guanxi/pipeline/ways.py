"""WAYS: where a customer can go on with his conversation, and what takes him there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
import segno

from guanxi import channels
from guanxi.channel_kit import Crossing, CrossingWay, MaybeSent, NotSent, Outcome
from guanxi.house import House
from guanxi.inboxes import Door
from guanxi.pipeline.lend import Lender

PATIENCE = 15  # seconds that the platform has for its address


class Away(Exception):
    """The platform gives no address just now."""


def way_to(row: Any) -> CrossingWay | None:
    """How a customer brings his code to this account, of `views.inboxes_besides`; None where he cannot."""
    channel = channels.all_channels().get(row["channel"])
    return channel.manifest.capabilities.crosses or None if channel is not None else None


async def address(house: House, lender: Lender, door: Door, way: CrossingWay, code: str) -> Crossing | Outcome:
    """What opens the chat there with the code, or how the platform refused it. Raises Away. No transaction is open here."""
    channel = channels.get(door.channel)
    if way == "page":
        page = f"{house.settings.public_url}/chat/{door.address}/frame?go={quote(code)}"
        return Crossing(address=page, scan=page)
    if channel.crossing is None:
        return Crossing()
    try:
        async with asyncio.timeout(PATIENCE):
            return await channel.crossing(code, lender.lend(door))
    except (NotSent, MaybeSent, TimeoutError) as error:
        raise Away from error


def picture(scan: str) -> Sequence[str]:
    """A code to scan as rows of 0 and 1; none where there is nothing to scan."""
    matrix = segno.make(scan, error="m", micro=False).matrix if scan else ()
    return ["".join(str(int(bool(dark))) for dark in line) for line in matrix]


def called(key: str, tongue: str) -> str:
    """The channel's name in that language."""
    return channels.words(key, tongue).get("title", channels.get(key).manifest.title)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An account where somebody can go on."""

    inbox_id: UUID
    channel: str
    name: str
    way: CrossingWay


def places(rows: Sequence[Any]) -> list[Place]:
    """Of the accounts of `views.inboxes_besides` those on which a customer can bring a code."""
    return [
        Place(inbox_id=row["id"], channel=row["channel"], name=row["name"], way=way)
        for row in rows
        if (way := way_to(row)) is not None
    ]
