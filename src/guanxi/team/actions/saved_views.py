"""Saved views: conditions under a name, an agent's own or the whole team's."""

from __future__ import annotations

from uuid import UUID

import msgspec

from guanxi import events
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.team.model import Conditions, NotFound, Refused

MOST_VIEWS = 40  # of one agent, and of the team


async def add_saved_view(tx: Tx, *, name: str, icon: str, conditions: Conditions, is_shared: bool, by: UUID) -> UUID:
    """A new view. Raises Refused('too_many_views')."""
    owner = None if is_shared else by
    count = await tx.fetchval(
        "select count(*) from saved_view where workspace_id = $1 and agent_id is not distinct from $2",
        tx.workspace_id,
        owner,
    )
    if count >= MOST_VIEWS:
        raise Refused("too_many_views")
    id_ = new_id()
    await tx.execute(
        """insert into saved_view (workspace_id, id, agent_id, name, icon, conditions, created_at)
           values ($1, $2, $3, $4, $5, $6::jsonb, $7)""",
        tx.workspace_id,
        id_,
        owner,
        name,
        icon,
        msgspec.json.encode(conditions).decode(),
        tx.now,
    )
    await events.record(tx, "saved_view.changed", {"saved_view_id": str(id_)}, agent=by)
    return id_


async def owner_of_view(tx: Tx, view_id: UUID, by: UUID) -> UUID | None:
    """Whose it is, None for the team's. Raises NotFound, also for a colleague's own."""
    row = await tx.fetchrow(
        """select agent_id from saved_view where workspace_id = $1 and id = $2 and (agent_id is null or agent_id = $3)
           for update""",
        tx.workspace_id,
        view_id,
        by,
    )
    if row is None:
        raise NotFound(view_id)
    owner: UUID | None = row["agent_id"]
    return owner


async def change_saved_view(
    tx: Tx, view_id: UUID, *, name: str | None, icon: str | None, conditions: Conditions | None, by: UUID
) -> None:
    """Change what is given."""
    await tx.execute(
        """update saved_view set name = coalesce($3, name), icon = coalesce($4, icon),
             conditions = coalesce($5::jsonb, conditions), version = version + 1
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        view_id,
        name,
        icon,
        None if conditions is None else msgspec.json.encode(conditions).decode(),
    )
    await events.record(tx, "saved_view.changed", {"saved_view_id": str(view_id)}, agent=by)


async def remove_saved_view(tx: Tx, view_id: UUID, *, by: UUID) -> None:
    await tx.execute("delete from saved_view where workspace_id = $1 and id = $2", tx.workspace_id, view_id)
    await events.record(tx, "saved_view.changed", {"saved_view_id": str(view_id), "what": "removed"}, agent=by)
