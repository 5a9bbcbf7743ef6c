"""Groups in which quick phrases lie, in an order; the company's, or one agent's own."""

from __future__ import annotations

from uuid import UUID

from guanxi import events
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.team.model import NotFound, Refused

MOST_GROUPS = 100


async def lock_order(tx: Tx) -> None:
    """Who puts something into order in a workspace does it alone, so that two at once end in one order."""
    await tx.fetchval("select id from workspace where id = $1 for no key update", tx.workspace_id)


async def group_of(tx: Tx, group_id: UUID | None, owner: UUID | None) -> None:
    """Raises NotFound unless the group is this owner's (None: the company's); no group is everybody's."""
    if group_id is None:
        return
    found = await tx.fetchval(
        "select id from phrase_group where workspace_id = $1 and id = $2 and agent_id is not distinct from $3 for share",
        tx.workspace_id,
        group_id,
        owner,
    )
    if found is None:
        raise NotFound(group_id)


async def add_phrase_group(tx: Tx, *, name: str, by: UUID, personal: bool = False) -> UUID:
    """A new group behind the others. Raises Refused('too_many_groups')."""
    id_, owner = new_id(), by if personal else None
    await lock_order(tx)
    count = await tx.fetchval(
        "select count(*) from phrase_group where workspace_id = $1 and agent_id is not distinct from $2",
        tx.workspace_id,
        owner,
    )
    if count >= MOST_GROUPS:
        raise Refused("too_many_groups")
    await tx.execute(
        """insert into phrase_group (workspace_id, id, agent_id, name, created_at, position)
           values ($1, $2, $3, $4, $5, (select coalesce(max(position), 0) + 1 from phrase_group
             where workspace_id = $1 and agent_id is not distinct from $3))""",
        tx.workspace_id,
        id_,
        owner,
        name,
        tx.now,
    )
    await _changed(tx, id_, by)
    return id_


async def rename_phrase_group(tx: Tx, group_id: UUID, *, name: str, by: UUID) -> None:
    """Raises NotFound; a colleague's own is not there."""
    touched = await tx.execute(
        """update phrase_group set name = $3 where workspace_id = $1 and id = $2
           and (agent_id is null or agent_id = $4)""",
        tx.workspace_id,
        group_id,
        name,
        by,
    )
    if not touched:
        raise NotFound(group_id)
    await _changed(tx, group_id, by)


async def remove_phrase_group(tx: Tx, group_id: UUID, *, by: UUID) -> None:
    """Its phrases stay, in their order, behind those that lie in no group. Raises NotFound."""
    await lock_order(tx)
    owner = await _owner(tx, group_id, by)
    await tx.execute(
        """update quick_phrase q set group_id = null, position = q.position + 1 +
             (select coalesce(max(o.position), 0) from quick_phrase o where o.workspace_id = $1 and o.group_id is null
                and o.agent_id is not distinct from $3)
             - (select min(o.position) from quick_phrase o where o.workspace_id = $1 and o.group_id = $2)
           where q.workspace_id = $1 and q.group_id = $2""",
        tx.workspace_id,
        group_id,
        owner,
    )
    await tx.execute("delete from phrase_group where workspace_id = $1 and id = $2", tx.workspace_id, group_id)
    await _changed(tx, group_id, by)


async def place_phrase_group(tx: Tx, group_id: UUID, *, before: UUID | None, by: UUID) -> None:
    """Before that group (None: behind all). One row changes. Raises NotFound, Refused('stale')."""
    await lock_order(tx)
    owner = await _owner(tx, group_id, by)
    position = await tx.fetchval(
        """with beside as (select id, position from phrase_group where workspace_id = $1 and id <> $2
             and agent_id is not distinct from $3)
           select case when $4::uuid is null then (select coalesce(max(position), 0) + 1 from beside)
             else (select (s.position + coalesce((select max(o.position) from beside o where o.position < s.position),
               s.position - 2)) * 0.5 from beside s where s.id = $4) end""",
        tx.workspace_id,
        group_id,
        owner,
        before,
    )
    if position is None:
        raise Refused("stale")
    await tx.execute(
        "update phrase_group set position = $3 where workspace_id = $1 and id = $2", tx.workspace_id, group_id, position
    )
    await _changed(tx, group_id, by)


async def _owner(tx: Tx, group_id: UUID, by: UUID) -> UUID | None:
    row = await tx.fetchrow(
        "select agent_id from phrase_group where workspace_id = $1 and id = $2 and (agent_id is null or agent_id = $3)",
        tx.workspace_id,
        group_id,
        by,
    )
    if row is None:
        raise NotFound(group_id)
    owner: UUID | None = row["agent_id"]
    return owner


async def _changed(tx: Tx, group_id: UUID, by: UUID) -> None:
    await events.record(tx, "quick_phrase.changed", {"phrase_group_id": str(group_id)}, agent=by)
