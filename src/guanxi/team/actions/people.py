"""A workspace is founded; agents join, change, leave, and show that they are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from guanxi import access, audit, events
from guanxi.access import Role, may
from guanxi.channel_kit import Medium
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.team.model import NotFound, Refused

HOME_ZONE = "Asia/Shanghai"  # of a workspace that was founded without saying one


async def found_workspace(
    directory: Tx, *, name: str, language: str, person_id: UUID, person_name: str, time_zone: str = HOME_ZONE
) -> tuple[UUID, UUID]:
    """A new workspace with its first queue and its first admin; returns (workspace, agent). By the directory's
    role, in one transaction with the person and the link that allowed it. Raises Refused('unknown_time_zone')."""
    workspace_id = await found_empty_workspace(directory, name=name, language=language, time_zone=time_zone)
    agent_id = await join(directory, workspace_id, person_id=person_id, name=person_name, role="admin")
    return workspace_id, agent_id


async def found_empty_workspace(directory: Tx, *, name: str, language: str, time_zone: str = HOME_ZONE) -> UUID:
    """The same without anybody in it: its first admin comes by an invitation."""
    await _check_zone(directory, time_zone)
    workspace_id, queue_id = new_id(), new_id()
    await directory.execute(
        "insert into workspace (id, name, language, time_zone, created_at) values ($1, $2, $3, $4, $5)",
        workspace_id,
        name,
        language,
        time_zone,
        directory.now,
    )
    await directory.execute(
        "insert into queue (workspace_id, id, name, created_at) values ($1, $2, $3, $4)",
        workspace_id,
        queue_id,
        "客服" if language.startswith("zh") else "Front desk",
        directory.now,
    )
    await audit.record(directory, "workspace.founded", kind="workspace", about=name, workspace_id=workspace_id)
    return workspace_id


async def join(
    directory: Tx, workspace_id: UUID, *, person_id: UUID, name: str, role: Role, role_id: UUID | None = None
) -> UUID:
    """Make a person an agent of a workspace; returns the agent. Who left comes back in the new role; who is
    there already stays as he is. Record the event with `joined` afterwards, in the workspace's own transaction."""
    agent_id: UUID = await directory.fetchval(
        """insert into agent (workspace_id, id, person_id, name, role, presence_at, created_at, role_id)
           values ($1, $2, $3, $4, $5, $6, $6, (select id from role where workspace_id = $1 and id = $7))
           on conflict (workspace_id, person_id) do update set removed_at = null,
             role = case when agent.removed_at is null then agent.role else excluded.role end,
             role_id = case when agent.removed_at is null then agent.role_id else excluded.role_id end
           returning id""",
        workspace_id,
        new_id(),
        person_id,
        name,
        role,
        directory.now,
        role_id,
    )
    await audit.record(
        directory,
        "agent.joined",
        by=agent_id,
        kind="agent",
        about_id=agent_id,
        about=name,
        details={"changes": {"role": [None, role]}},
        workspace_id=workspace_id,
    )
    return agent_id


async def joined(tx: Tx, agent_id: UUID) -> None:
    """Say that an agent has come (or has come back)."""
    await events.record(tx, "agent.changed", {"agent_id": str(agent_id), "what": "joined"})


async def change(
    tx: Tx,
    agent_id: UUID,
    *,
    by: UUID,
    name: str | None = None,
    role: Role | None = None,
    role_id: UUID | None = None,
    capacity: int | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Change what is given, `role_id`, a role of the workspace's own, always together with the built-in one beside it; who may no longer serve is offline. Raises NotFound, or Refused('last_admin')."""
    was = await audit.standing(tx, "agent", agent_id)
    await _lock(tx, agent_id, stays_admin=role is None or role == "admin")
    await tx.execute(
        """update agent set name = coalesce($3, name), role = coalesce($4, role), capacity = coalesce($5, capacity),
             role_id = case when $4::text is null then role_id else $8 end,
             settings = coalesce($6::jsonb, settings), presence = case when $7 then 'offline' else presence end
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        agent_id,
        name,
        role,
        capacity,
        None if settings is None else dict(settings),
        role is not None and not may(role, "serve"),
        role_id,
    )
    told = {"agent_id": str(agent_id)} | ({} if role is None else {"what": "role"})
    await events.record(tx, "agent.changed", told, agent=by)
    await audit.changed(tx, "agent", agent_id, was, by=by)


async def remove(tx: Tx, agent_id: UUID, *, by: UUID) -> UUID:
    """The agent serves no more, nor do his access tokens; returns his person, whose sign-ins the caller ends. Give his conversations back
    before, in the same transaction. Raises NotFound, or Refused('last_admin')."""
    was = await audit.standing(tx, "agent", agent_id)
    await _lock(tx, agent_id, stays_admin=False)
    person_id: UUID = await tx.fetchval(
        """update agent set removed_at = $3, presence = 'offline', presence_at = $3
           where workspace_id = $1 and id = $2 returning person_id""",
        tx.workspace_id,
        agent_id,
        tx.now,
    )
    await access.revoke_all_access_tokens(tx, agent_id)
    await events.record(tx, "agent.changed", {"agent_id": str(agent_id), "what": "removed"}, agent=by)
    await audit.changed(tx, "agent", agent_id, was, by=by)
    return person_id


async def bring_back(tx: Tx, agent_id: UUID, *, by: UUID) -> None:
    """Undo `remove`; the conversations stay where they went. Raises NotFound."""
    was = await audit.standing(tx, "agent", agent_id)
    touched = await tx.execute(
        "update agent set removed_at = null where workspace_id = $1 and id = $2", tx.workspace_id, agent_id
    )
    if not touched:
        raise NotFound(agent_id)
    await events.record(tx, "agent.changed", {"agent_id": str(agent_id), "what": "joined"}, agent=by)
    await audit.changed(tx, "agent", agent_id, was, by=by)


async def seen(tx: Tx, agent_ids: Sequence[UUID]) -> None:
    """Live sockets of these agents are open now. No event: nobody sees a difference."""
    await tx.execute(
        "update agent set seen_at = $3 where workspace_id = $1 and id = any($2::uuid[])",
        tx.workspace_id,
        sorted(agent_ids),
        tx.now,
    )


async def change_workspace(
    tx: Tx,
    *,
    by: UUID,
    name: str | None = None,
    greeting: str | None = None,
    away_text: str | None = None,
    language: str | None = None,
    take_over_minutes: int | None = None,
    time_zone: str | None = None,
    priority_minutes: int | None = None,
    weights: Mapping[Medium, int] | None = None,
    silent_listening: bool | None = None,
    slow_reply_seconds: int | None = None,
) -> None:
    """Change what is given of the workspace itself. Raises Refused('unknown_time_zone'). `take_over_minutes`: see
    routing.take_over; 0 is never. `priority_minutes`: the head start of each step of priority. `weights`: how many places
    of an agent's a conversation of a medium fills, from now on; 1 where nothing is said. `silent_listening`: a supervisor may look on without being seen.
    `slow_reply_seconds`: from when on a customer waits long for the agent who has him; 0 is never."""
    was = await audit.standing(tx, "workspace", tx.workspace_id)
    if time_zone is not None:
        await _check_zone(tx, time_zone)
    await tx.execute(
        """update workspace set name = coalesce($2, name), greeting = coalesce($3, greeting),
             away_text = coalesce($4, away_text), language = coalesce($5, language),
             take_over_minutes = coalesce($6, take_over_minutes), time_zone = coalesce($7, time_zone),
             priority_minutes = coalesce($8, priority_minutes), weights = coalesce($9::jsonb, weights),
             silent_listening = coalesce($10, silent_listening),
             slow_reply_seconds = coalesce($11, slow_reply_seconds)
           where id = $1""",
        tx.workspace_id,
        name,
        greeting,
        away_text,
        language,
        take_over_minutes,
        time_zone,
        priority_minutes,
        {**weights} if weights is not None else None,
        silent_listening,
        slow_reply_seconds,
    )
    await events.record(tx, "workspace.changed", {}, agent=by)
    await audit.changed(tx, "workspace", tx.workspace_id, was, by=by)


async def _check_zone(tx: Tx, time_zone: str) -> None:
    if not await tx.fetchval("select exists (select from pg_timezone_names where name = $1)", time_zone):
        raise Refused("unknown_time_zone")


async def _lock(tx: Tx, agent_id: UUID, *, stays_admin: bool) -> None:
    """Lock the agent, and all admins if he may be the last one: two admins who remove each other leave one."""
    if not stays_admin:
        admins = await tx.fetch(
            """select id from agent where workspace_id = $1 and role = 'admin' and removed_at is null
               order by id for update""",
            tx.workspace_id,
        )
        if [row["id"] for row in admins] == [agent_id]:
            raise Refused("last_admin")
    found = await tx.fetchval(
        "select id from agent where workspace_id = $1 and id = $2 for update", tx.workspace_id, agent_id
    )
    if found is None:
        raise NotFound(agent_id)
