"""ACCEPT: verify on the raw bytes, keep them, and only then say thank you. The hot path; it waits for one commit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from guanxi import channels, inboxes
from guanxi.channel_kit import Forged, Reply, Request
from guanxi.house import House
from guanxi.inboxes import Door
from guanxi.infra.group_commit import Full, GroupCommit, Unwritten
from guanxi.infra.ids import new_id
from guanxi.infra.sql import connected, is_passing
from guanxi.pipeline.doors import Doors
from guanxi.pipeline.lend import plain

LARGEST_BODY = 2_000_000
# What proves the caller to us and nobody needs for reading the event: headers, and a key behind the address.
DROPPED = frozenset({"authorization", "cookie", "proxy-authorization", "x-forwarded-for", "forwarded", "x-guanxi-key"})
DROPPED_PARAMETERS = frozenset({"key"})

NOT_FOUND = Reply(status=404, body=b"no inbox has this address")
NOT_GENUINE = Reply(status=401, body=b"the signature does not match")
COME_AGAIN = Reply(status=503, body=b"busy, come again")
NOT_CARRIED = Reply(status=405, body=b"post events here")


class Ingest:
    """Keeps raw requests by group commit and wakes the readers. One per process."""

    def __init__(self, house: House, *, room: int | None = None) -> None:
        self._house = house
        self._group: GroupCommit[tuple[Any, ...]] = GroupCommit(self._write, room=room or house.settings.ingest_queue)

    async def start(self) -> None:
        await self._group.start()

    async def stop(self) -> None:
        await self._group.stop()

    async def keep(self, door: Door, request: Request) -> None:
        """Returns when the request is on disk. Raises Full or Unwritten; then nothing of it is kept."""
        headers = {name: value for name, value in request.headers.items() if name not in DROPPED}
        query = {name: value for name, value in request.query.items() if name not in DROPPED_PARAMETERS}
        row = (
            door.workspace_id,
            door.inbox_id,
            new_id(),
            request.method,
            _json(query) if query else "{}",
            _json(headers),
            request.body,
        )
        await self._group.put(row, door.inbox_id.int >> 64)

    async def _write(self, rows: Sequence[tuple[Any, ...]]) -> None:
        # after a cut in the wrong moment they are kept twice, which is read twice and threaded once
        async with connected(self._house.db.accept, lambda connection: inboxes.keep_all(connection, rows)):
            self._house.bus.wake("inbound")


def _json(values: dict[str, str]) -> str:
    """As JSON that PostgreSQL takes: it has no place for NUL."""
    if any("\x00" in name or "\x00" in value for name, value in values.items()):
        values = {name.replace("\x00", "\ufffd"): value.replace("\x00", "\ufffd") for name, value in values.items()}
    return msgspec.json.encode(values).decode()


async def accept(doors: Doors, ingest: Ingest, address: str, request: Request) -> Reply:
    """Answer one call at a webhook address: what the channel says, or 401, 404, 405, 503 with a reason."""
    try:
        door = await doors.find(address)
    except Exception as error:
        if not is_passing(error):
            raise
        return COME_AGAIN
    if door is None:
        return NOT_FOUND
    channel = channels.get(door.channel)
    access = plain(door)
    try:
        if request.method == "GET":
            return channel.greet(request, access) if channel.greet else NOT_CARRIED
        channel.verify(request, access)
    except Forged:
        return NOT_GENUINE
    try:
        await ingest.keep(door, request)
    except (Full, Unwritten):
        return COME_AGAIN
    return channel.acknowledge(request, access)
