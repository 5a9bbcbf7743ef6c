"""A shop in which everybody waits: nobody has room, and whoever waited before has been seen to."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from guanxi import conversations, routing
from tests.browser.widget_site import Site


@contextlib.asynccontextmanager
async def crowded(site: Site) -> AsyncIterator[None]:
    """Within it nothing is given by itself, and who waits is told so."""
    async with site.house.db.transaction(site.door.workspace_id) as tx:
        await tx.execute("update agent set capacity = 0 where workspace_id = $1", tx.workspace_id)
        await routing.set_ways(
            tx, busy_reasons=[], wrap_up_seconds=0, offer_seconds=0, tell_wait_seconds=30, by=site.agent_id
        )
    async with site.house.db.transaction(site.door.workspace_id) as tx:
        for row in await tx.fetch("select id from conversation where workspace_id = $1 and state = 0", tx.workspace_id):
            await conversations.resolve(tx, row["id"], agent_id=site.agent_id)
    yield
    async with site.house.db.transaction(site.door.workspace_id) as tx:
        await tx.execute("update agent set capacity = 8 where workspace_id = $1", tx.workspace_id)
        await routing.set_ways(
            tx, busy_reasons=[], wrap_up_seconds=0, offer_seconds=0, tell_wait_seconds=0, by=site.agent_id
        )
