"""Teams are made, renamed, joined, left and ended; who serves in their queues follows in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from guanxi import audit, events
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.routing.model import NotFound, Refused
from guanxi.routing.queries import teams

MOST_TEAMS = 200
# Who serves in a queue by a team, reckoned anew: comes, stays for another reason, goes.
COME = """insert into queue_agent (workspace_id, queue_id, agent_id, named, by_team)
  select distinct $1::uuid, q.queue_id, t.agent_id, false, true from queue_team q
  join team_agent t on t.workspace_id = $1 and t.team_id = q.team_id where q.workspace_id = $1 and q.queue_id = any($2::uuid[])
  on conflict (workspace_id, queue_id, agent_id) do update set by_team = true where not queue_agent.by_team"""
BY_TEAM = """exists (select from queue_team q join team_agent t on t.workspace_id = $1 and t.team_id = q.team_id
  where q.workspace_id = $1 and q.queue_id = s.queue_id and t.agent_id = s.agent_id)"""
STAY = f"""update queue_agent s set by_team = false
  where s.workspace_id = $1 and s.queue_id = any($2::uuid[]) and s.named and s.by_team and not {BY_TEAM}"""
GO = f"""delete from queue_agent s
  where s.workspace_id = $1 and s.queue_id = any($2::uuid[]) and not s.named and not {BY_TEAM}"""


async def lock_teams(tx: Tx) -> None:
    """Before anything that changes who serves where by a team: two that do would each miss the other's half. It comes
    before the locks of queues and agents."""
    await tx.fetch("select id from team where workspace_id = $1 order by id for update", tx.workspace_id)


async def reckon(tx: Tx, queue_ids: Sequence[UUID]) -> None:
    """Who serves in these queues because of a team, after teams or queues have changed. Teams are locked."""
    await tx.execute(COME, tx.workspace_id, list(queue_ids))
    await tx.execute(STAY, tx.workspace_id, list(queue_ids))
    await tx.execute(GO, tx.workspace_id, list(queue_ids))


async def add_team(tx: Tx, name: str, agents: Mapping[UUID, bool], *, by: UUID | None) -> UUID:
    """A new team of these agents (agent → heads it). Raises NotFound (an agent), Refused: team_taken, too_many_teams."""
    if await tx.fetchval("select count(*) from team where workspace_id = $1", tx.workspace_id) >= MOST_TEAMS:
        raise Refused("too_many_teams")
    id_ = new_id()
    try:
        await tx.execute(
            "insert into team (workspace_id, id, name, created_at) values ($1, $2, $3, $4)",
            tx.workspace_id,
            id_,
            name.strip(),
            tx.now,
        )
    except asyncpg.UniqueViolationError as error:
        raise Refused("team_taken") from error
    await _join(tx, id_, agents)
    await _changed(tx, id_, by)
    await audit.add(tx, "team", id_, by=by)
    return id_


async def change_team(tx: Tx, team_id: UUID, name: str, agents: Mapping[UUID, bool], *, by: UUID | None) -> None:
    """Another name, other people: all of it anew. Raises NotFound (the team, an agent), Refused('team_taken')."""
    await lock_teams(tx)
    was = await audit.standing(tx, "team", team_id)
    if was is None:
        raise NotFound(team_id)
    try:
        await tx.execute(
            "update team set name = $3 where workspace_id = $1 and id = $2", tx.workspace_id, team_id, name.strip()
        )
    except asyncpg.UniqueViolationError as error:
        raise Refused("team_taken") from error
    await tx.execute(
        "delete from team_agent where workspace_id = $1 and team_id = $2 and agent_id <> all($3::uuid[])",
        tx.workspace_id,
        team_id,
        list(agents),
    )
    await _join(tx, team_id, agents)
    await _served_anew(tx, team_id, by)
    await audit.changed(tx, "team", team_id, was, by=by)


async def join_team(tx: Tx, team_id: UUID, agent_id: UUID, *, is_head: bool, by: UUID | None) -> None:
    """She is of the team from now on (or heads it, or no longer does), and serves in its queues. Raises NotFound."""
    await lock_teams(tx)
    was = await audit.standing(tx, "team", team_id)
    if was is None:
        raise NotFound(team_id)
    await _join(tx, team_id, {agent_id: is_head})
    await _served_anew(tx, team_id, by)
    await audit.changed(tx, "team", team_id, was, by=by)


async def leave_team(tx: Tx, team_id: UUID, agent_id: UUID, *, by: UUID | None) -> None:
    """She is of it no more; what she has in hand stays hers. Raises NotFound."""
    await lock_teams(tx)
    was = await audit.standing(tx, "team", team_id)
    left = await tx.execute(
        "delete from team_agent where workspace_id = $1 and team_id = $2 and agent_id = $3",
        tx.workspace_id,
        team_id,
        agent_id,
    )
    if not left:
        raise NotFound(agent_id)
    await _served_anew(tx, team_id, by)
    await audit.changed(tx, "team", team_id, was, by=by)


async def end_team(tx: Tx, team_id: UUID, *, by: UUID | None) -> None:
    """There is no such team any more. Its queues are served by whoever serves there besides. Raises NotFound, and
    Refused('last_to_serve') where a queue would be served by nobody at all."""
    await lock_teams(tx)
    was = await audit.standing(tx, "team", team_id)
    if was is None:
        raise NotFound(team_id)
    queues = await _queues_of(tx, team_id)
    await tx.execute("delete from queue_team where workspace_id = $1 and team_id = $2", tx.workspace_id, team_id)
    await tx.execute("delete from team_agent where workspace_id = $1 and team_id = $2", tx.workspace_id, team_id)
    await tx.execute("delete from team where workspace_id = $1 and id = $2", tx.workspace_id, team_id)
    await reckon(tx, queues)
    empty = await tx.fetchval(
        """select exists (select from queue q where q.workspace_id = $1 and q.id = any($2::uuid[]) and q.removed_at is null
             and not q.everybody and not exists (select from queue_agent s where s.workspace_id = $1 and s.queue_id = q.id)
             and not exists (select from queue_team t where t.workspace_id = $1 and t.queue_id = q.id))""",
        tx.workspace_id,
        queues,
    )
    if empty:
        raise Refused("last_to_serve")
    await _changed(tx, team_id, by)
    await _say_queues(tx, queues, by)
    await audit.changed(tx, "team", team_id, was, by=by)


async def served_by(tx: Tx, queue_id: UUID, team_ids: Sequence[UUID]) -> None:
    """These teams, and no other, serve in the queue. Teams are locked; `reckon` comes behind. Raises NotFound."""
    if missing := set(team_ids) - {one.id for one in await teams(tx)}:
        raise NotFound(min(missing))
    await tx.execute(
        "delete from queue_team where workspace_id = $1 and queue_id = $2 and team_id <> all($3::uuid[])",
        tx.workspace_id,
        queue_id,
        list(team_ids),
    )
    await tx.execute(
        """insert into queue_team (workspace_id, queue_id, team_id) select $1, $2, id from unnest($3::uuid[]) id
           on conflict do nothing""",
        tx.workspace_id,
        queue_id,
        list(team_ids),
    )


async def _join(tx: Tx, team_id: UUID, agents: Mapping[UUID, bool]) -> None:
    joined = await tx.fetch(
        """insert into team_agent (workspace_id, team_id, agent_id, is_head)
           select $1, $2, a.id, s.is_head from unnest($3::uuid[], $4::boolean[]) s(id, is_head)
           join agent a on a.workspace_id = $1 and a.id = s.id and a.removed_at is null order by a.id
           on conflict (workspace_id, team_id, agent_id) do update set is_head = excluded.is_head returning agent_id""",
        tx.workspace_id,
        team_id,
        list(agents),
        list(agents.values()),
    )
    if missing := agents.keys() - {row["agent_id"] for row in joined}:
        raise NotFound(min(missing))


async def _served_anew(tx: Tx, team_id: UUID, by: UUID | None) -> None:
    queues = await _queues_of(tx, team_id)
    await reckon(tx, queues)
    await tx.execute(
        "update team set version = version + 1 where workspace_id = $1 and id = $2", tx.workspace_id, team_id
    )
    await _changed(tx, team_id, by)
    await _say_queues(tx, queues, by)


async def _queues_of(tx: Tx, team_id: UUID) -> list[UUID]:
    rows = await tx.fetch(
        "select queue_id from queue_team where workspace_id = $1 and team_id = $2 order by queue_id",
        tx.workspace_id,
        team_id,
    )
    return [row["queue_id"] for row in rows]


async def _changed(tx: Tx, team_id: UUID, by: UUID | None) -> None:
    await events.record(tx, "team.changed", {"team_id": str(team_id)}, agent=by)


async def _say_queues(tx: Tx, queue_ids: Sequence[UUID], by: UUID | None) -> None:
    """Desks and routing look at them again."""
    for queue_id in queue_ids:
        await events.record(tx, "queue.changed", {"queue_id": str(queue_id)}, agent=by)
