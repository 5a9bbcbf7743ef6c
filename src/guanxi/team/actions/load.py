"""How many places an agent's open conversations fill. Kept in the same transaction as the change that moves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from guanxi import events
from guanxi.access import may
from guanxi.infra.sql import Tx


async def lock(tx: Tx, agent_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Lock agents in the order of their ids; the names of those among them who serve: of the team, and no viewers."""
    rows = await tx.fetch(
        """select id, name, role, removed_at from agent where workspace_id = $1 and id = any($2::uuid[])
           order by id for update""",
        tx.workspace_id,
        list(agent_ids),
    )
    return {row["id"]: row["name"] for row in rows if row["removed_at"] is None and may(row["role"], "serve")}


async def lock_away(tx: Tx, agent_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Lock agents in the order of their ids; the names of those among them who are offline."""
    rows = await tx.fetch(
        """select id, name, presence from agent where workspace_id = $1 and id = any($2::uuid[])
           order by id for update""",
        tx.workspace_id,
        list(agent_ids),
    )
    return {row["id"]: row["name"] for row in rows if row["presence"] == "offline"}


async def shift_load(tx: Tx, shifts: Mapping[UUID, int]) -> None:
    """Add to agents' loads (negative: take away). Rows are locked in the order of their ids."""
    changed = {agent_id: by for agent_id, by in shifts.items() if by}
    if not changed:
        return
    await tx.fetch(
        "select id from agent where workspace_id = $1 and id = any($2::uuid[]) order by id for update",
        tx.workspace_id,
        list(changed),
    )
    await tx.execute(
        """update agent a set load = greatest(0, a.load + s.shift) from unnest($2::uuid[], $3::integer[]) as s(id, shift)
           where a.workspace_id = $1 and a.id = s.id""",
        tx.workspace_id,
        list(changed),
        list(changed.values()),
    )
    await events.record_all(
        tx, [events.Event(kind="agent.changed", payload={"agent_id": str(agent_id)}) for agent_id in changed]
    )


async def take_back(tx: Tx, agent_id: UUID, weight: int, *, beyond: bool) -> tuple[UUID, str] | None:
    """A conversation of his comes back: he has it again unless he is away, or has no room and it is nothing that may go
    `beyond` his capacity; (id, name) or None."""
    name = await tx.fetchval(
        """update agent set load = load + $3 where workspace_id = $1 and id = $2 and presence <> 'offline'
             and removed_at is null and ($4 or load + $3 <= capacity) returning name""",
        tx.workspace_id,
        agent_id,
        weight,
        beyond,
    )
    if name is None:
        return None
    await events.record(tx, "agent.changed", {"agent_id": str(agent_id)})
    return agent_id, str(name)


async def take_place(tx: Tx, agent_id: UUID, weight: int) -> str | None:
    """Give this agent one more conversation whatever his load; his name, or None when he is not of the team."""
    name: str | None = await tx.fetchval(
        """update agent set load = load + $4, last_assigned_at = $3
           where workspace_id = $1 and id = $2 and removed_at is null returning name""",
        tx.workspace_id,
        agent_id,
        tx.now,
        weight,
    )
    if name is not None:
        await events.record(tx, "agent.changed", {"agent_id": str(agent_id)})
    return name


async def name_of(tx: Tx, agent_id: UUID | None) -> str:
    """An agent's name for a line in a thread; without one the name of what did it by itself; '' for nobody."""
    if agent_id is None:
        return str((tx.cause or {}).get("name", ""))
    name = await tx.fetchval("select name from agent where workspace_id = $1 and id = $2", tx.workspace_id, agent_id)
    return str(name or "")


async def is_online(tx: Tx, agent_id: UUID) -> bool:
    """Is this agent there for customers now?"""
    return bool(
        await tx.fetchval(
            """select exists (select from agent where workspace_id = $1 and id = $2 and presence in ('online', 'wrap_up')
                 and removed_at is null)""",
            tx.workspace_id,
            agent_id,
        )
    )


async def is_anyone_online(tx: Tx) -> bool:
    """Is there an agent who is there for customers now?"""
    return bool(
        await tx.fetchval(
            "select exists (select from agent where workspace_id = $1 and presence in ('online', 'wrap_up') and removed_at is null)",
            tx.workspace_id,
        )
    )
