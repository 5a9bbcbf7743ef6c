"""What comes round by itself: queues are looked at, absent agents go offline, old raw bodies go."""

from __future__ import annotations

from datetime import timedelta

from guanxi import inboxes, routing
from guanxi.house import House

ABSENT = timedelta(minutes=3)


async def route(house: House) -> int:
    """Give what waits to whoever is free, in every workspace that has somebody free."""
    async with house.db.directory() as directory:
        rows = await directory.fetch(
            "select distinct workspace_id from agent where presence = 'online' and removed_at is null and load < capacity"
        )
    given = 0
    for row in rows:
        async with house.db.transaction(row["workspace_id"]) as tx:
            given += await routing.give_waiting(tx)
    return given


async def tick(house: House) -> None:
    """Every twenty seconds or so."""
    async with house.db.directory() as directory:
        rows = await directory.fetch(
            """select distinct workspace_id from agent where presence <> 'offline'
                 and coalesce(seen_at, presence_at) < $1""",
            house.clock() - ABSENT,
        )
        await inboxes.purge_bodies(directory, house.settings.raw_body_days)
    for row in rows:
        async with house.db.transaction(row["workspace_id"]) as tx:
            await routing.settle_absent(tx, ABSENT)
