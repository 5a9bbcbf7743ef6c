"""What comes round by itself: queues are looked at, absent agents go offline, old raw bodies go."""

from __future__ import annotations

from datetime import timedelta

from guanxi import inboxes, routing, team
from guanxi.house import House

ABSENT = timedelta(minutes=3)


async def route(house: House) -> int:
    """Give what waits to whoever is free, in every workspace that has somebody free."""
    async with house.db.directory() as directory:
        workspaces = await team.workspaces_with_room(directory)
    given = 0
    for workspace_id in workspaces:
        async with house.db.transaction(workspace_id) as tx:
            given += await routing.give_waiting(tx)
    return given


async def tick(house: House) -> None:
    """Every twenty seconds or so."""
    async with house.db.directory() as directory:
        workspaces = await team.workspaces_with_absent(directory, house.clock() - ABSENT)
        await inboxes.purge_bodies(directory, house.settings.raw_body_days)
    for workspace_id in workspaces:
        async with house.db.transaction(workspace_id) as tx:
            await routing.settle_absent(tx, ABSENT)
