"""PARSE: what was said? From bytes to parsed items, before any transaction, bounded in time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
import structlog

from guanxi import channels
from guanxi.channel_kit import Malformed, Parsed, Request
from guanxi.inboxes import Door, Raw
from guanxi.pipeline.lend import plain

log = structlog.get_logger(__name__)
IN_PLACE = 200_000  # bytes that are read in the event loop; larger bodies go to a thread with a time limit
SECONDS = 5.0


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """One raw event as its channel reads it. `problem` is set when it cannot be read."""

    raw: Raw
    items: tuple[Parsed, ...] = ()
    problem: str = ""


async def parse(door: Door, raws: Sequence[Raw], *, patience: float = SECONDS) -> list[Read]:
    """Read each raw event. One that cannot be read says why and hinders no other.

    After `patience` seconds the rest is left for another time; at least one is read.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    reads: list[Read] = []
    for raw in raws:
        reads.append(await _read(door, raw))
        if loop.time() >= end:
            break
    return reads


async def _read(door: Door, raw: Raw) -> Read:
    channel = channels.get(door.channel)
    request = Request(
        method=raw.method,
        query=raw.query,
        headers=raw.headers,
        body=raw.body,
        number=raw.seq,
        received_at=raw.received_at,
    )
    try:
        if len(raw.body) <= IN_PLACE:
            items = channel.parse(request, plain(door))
        else:
            items = await asyncio.wait_for(asyncio.to_thread(channel.parse, request, plain(door)), SECONDS)
    except Malformed as error:
        return Read(raw=raw, problem=str(error) or "it cannot be read")
    except TimeoutError:
        return Read(raw=raw, problem=f"reading it took longer than {SECONDS:.0f} seconds")
    except Exception as error:  # a channel's own mistake must not stall its inbox: the event waits for a mended reader
        log.exception("parse.failed", channel=door.channel, inbox=str(door.inbox_id), seq=raw.seq)
        return Read(raw=raw, problem=f"the channel could not read it: {type(error).__name__}")
    return Read(raw=raw, items=tuple(items))
