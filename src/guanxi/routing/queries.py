"""Queues, the lines in them, and who could serve them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from guanxi.infra.sql import Tx
from guanxi.promises import Hours
from guanxi.routing.model import Place, Queue, Team
from guanxi.routing.rules import VIP_STEPS, head_start, levels, together

# Every line in which somebody waits, found by hopping over the index: as many probes as there are lines.
LINE = """line as (
  (select queue_id, needs, weight from conversation
     where workspace_id = $1 and state = 0 and assignee_id is null and waiting_since is not null
     order by queue_id, needs, weight limit 1)
  union all
  select n.* from line l cross join lateral (
    select queue_id, needs, weight from conversation
      where workspace_id = $1 and state = 0 and assignee_id is null and waiting_since is not null
        and (queue_id, needs, weight) > (l.queue_id, l.needs, l.weight)
      order by queue_id, needs, weight limit 1) n)"""
FITS = """a.workspace_id = $1 and a.removed_at is null and a.skills @> string_to_array(l.needs, ' ')
      and (q.everybody or exists (select from queue_agent s where s.workspace_id = $1 and s.queue_id = q.id and s.agent_id = a.id))"""
# Where conversations are offered, she has one to answer at a time. It knows q and a.
NOT_ASKED = """(coalesce(q.offer_seconds, (select offer_seconds from workspace where id = $1)) = 0 or not exists (
      select from conversation o where o.workspace_id = $1 and o.assignee_id = a.id and o.offered_until is not null))"""
FIRST = """select c.id, c.turn_at from conversation c
      where c.workspace_id = $1 and c.state = 0 and c.assignee_id is null and c.waiting_since is not null
        and c.queue_id = l.queue_id and c.needs = l.needs and c.weight = l.weight
      order by c.turn_at, c.id"""

# Lines are asked by the turn of their first one, and asking ends at the first free agent who is fit: where many are free
# few are looked at, and where few are free there are few to look at.
NEXT = f"""with recursive {LINE}
  select w.id from (
    select l.* from (
      select l.*, h.turn_at from line l cross join lateral ({FIRST} limit 1) h order by h.turn_at offset 0) l
    join queue q on q.workspace_id = $1 and q.id = l.queue_id
    where exists (select from agent a
      where {FITS} and a.presence = 'online' and a.load < a.capacity and a.load + l.weight <= a.capacity
        and {NOT_ASKED})
    limit $2) l
  cross join lateral ({FIRST} limit $2) w
  order by w.turn_at, w.id limit $2"""
NEXT_FOR = f"""with recursive {LINE}
  select w.id from line l join queue q on q.workspace_id = $1 and q.id = l.queue_id
  join agent a on {FITS} and a.id = $2
  cross join lateral ({FIRST} limit 3) w
  order by w.turn_at, w.id limit 3"""
HOPELESS = f"""with recursive {LINE}
  select l.queue_id, l.needs, l.weight from line l join queue q on q.workspace_id = $1 and q.id = l.queue_id
  where l.needs <> '' and not exists (select from agent a where {FITS} and a.role <> 'viewer')"""

PLACES = """select c.id, c.needs, c.priority, q.needs as queue_needs, q.priority as queue_priority, p.is_vip,
    w.priority_minutes, k.assignee_id as knows
  from conversation c join workspace w on w.id = $1
  join queue q on q.workspace_id = $1 and q.id = c.queue_id
  join identity d on d.workspace_id = $1 and d.id = c.identity_id
  join contact p on p.workspace_id = $1 and p.id = d.contact_id
  left join lateral (
    select l.assignee_id from identity i cross join lateral (
      select assignee_id, last_at from conversation where workspace_id = $1 and identity_id = i.id and state = 2
        and assignee_id is not null and id <> c.id order by last_at desc, id desc limit 1) l
    where i.workspace_id = $1 and i.contact_id = d.contact_id and l.last_at > $3::timestamptz - make_interval(days => q.sticky_days)
    order by l.last_at desc limit 1) k on q.sticky_days > 0
  where c.workspace_id = $1 and c.id = any($2::uuid[])"""

QUEUES = """select q.id, q.name, q.position, q.everybody, q.needs, q.priority, q.sticky_days, q.overflow_minutes,
    q.overflow_queue_id, q.hours_id, q.policy_id, q.offer_seconds, q.slow_reply_seconds, q.version, s.agents, s.members,
    array(select team_id from queue_team where workspace_id = $1 and queue_id = q.id order by team_id) as teams
  from queue q cross join lateral (
    select coalesce(array_agg(agent_id order by agent_id) filter (where named), '{}') as agents,
      coalesce(array_agg(agent_id order by agent_id), '{}') as members
    from queue_agent where workspace_id = $1 and queue_id = q.id) s
  where q.workspace_id = $1 and q.removed_at is null and ($2::uuid is null or q.id = $2)
  order by q.position, q.created_at, q.id"""


async def next_waiting(tx: Tx, most: int) -> list[UUID]:
    """Of each line the first ones for whom somebody fit is free, by their turn."""
    return [row["id"] for row in await tx.fetch(NEXT, tx.workspace_id, most)]


async def next_for(tx: Tx, agent_id: UUID) -> list[UUID]:
    """The conversations whose turn is first among those that this agent is fit for."""
    return [row["id"] for row in await tx.fetch(NEXT_FOR, tx.workspace_id, agent_id)]


async def hopeless_lines(tx: Tx) -> list[tuple[UUID, str, int]]:
    """(queue, needs, weight) of the lines for which nobody of the team is fit, away or not."""
    rows = await tx.fetch(HOPELESS, tx.workspace_id)
    return [(row["queue_id"], row["needs"], row["weight"]) for row in rows]


async def places(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Place]:
    """How these conversations stand in their queues."""
    return {row["id"]: _place(row) for row in await tx.fetch(PLACES, tx.workspace_id, list(ids), tx.now)}


def _place(row: Any) -> Place:
    steps = row["priority"] + row["queue_priority"] + (VIP_STEPS if row["is_vip"] else 0)
    return Place(
        needs=together(row["needs"], row["queue_needs"]),
        head_start=head_start(steps, row["priority_minutes"]),
        knows=row["knows"],
    )


async def queues(tx: Tx, queue_id: UUID | None = None) -> list[Queue]:
    """All queues in their order, or one."""
    return [
        Queue(**(dict(row) | {"needs": levels(row["needs"].split())}))
        for row in await tx.fetch(QUEUES, tx.workspace_id, queue_id)
    ]


async def teams(tx: Tx, team_id: UUID | None = None) -> list[Team]:
    """All teams by name, or one. Who has left the workspace is not shown."""
    rows = await tx.fetch(
        """select t.id, t.name, t.version, m.agents, m.heads,
             array(select q.id from queue_team s join queue q on q.workspace_id = $1 and q.id = s.queue_id and q.removed_at is null
               where s.workspace_id = $1 and s.team_id = t.id order by q.position, q.created_at, q.id) as queues
           from team t cross join lateral (
             select coalesce(array_agg(a.id order by a.id), '{}') as agents,
               coalesce(array_agg(a.id order by a.id) filter (where s.is_head), '{}') as heads
             from team_agent s join agent a on a.workspace_id = $1 and a.id = s.agent_id and a.removed_at is null
             where s.workspace_id = $1 and s.team_id = t.id) m
           where t.workspace_id = $1 and ($2::uuid is null or t.id = $2) order by lower(t.name), t.id""",
        tx.workspace_id,
        team_id,
    )
    return [Team(**dict(row)) for row in rows]


async def all_hours(tx: Tx, hours_id: UUID | None = None) -> list[Hours]:
    """All opening hours by name, or one."""
    rows = await tx.fetch(
        """select id, name, time_zone, week, holidays, version from hours
           where workspace_id = $1 and ($2::uuid is null or id = $2) order by name, id""",
        tx.workspace_id,
        hours_id,
    )
    return [msgspec.convert(dict(row), Hours) for row in rows]


async def hours_of(tx: Tx, conversation_ids: Sequence[UUID]) -> dict[UUID, Hours]:
    """The opening hours of the queues that these conversations are in; those that never close are left out."""
    rows = await tx.fetch(
        """select c.id as conversation_id, h.id, h.name, h.time_zone, h.week, h.holidays, h.version
           from conversation c join queue q on q.workspace_id = $1 and q.id = c.queue_id
           join hours h on h.workspace_id = $1 and h.id = q.hours_id
           where c.workspace_id = $1 and c.id = any($2::uuid[])""",
        tx.workspace_id,
        list(conversation_ids),
    )
    return {row["conversation_id"]: msgspec.convert(dict(row), Hours) for row in rows}


async def overdue(tx: Tx, most: int) -> list[tuple[UUID, UUID | None]]:
    """(conversation, where to) of those that have waited in their queue for longer than it allows, oldest id first;
    those that can go nowhere and need nothing are left out. Their rows are locked."""
    rows = await tx.fetch(
        """select c.id, q.overflow_queue_id from queue q join conversation c on c.workspace_id = $1 and c.queue_id = q.id
             and c.state = 0 and c.assignee_id is null
             and greatest(c.waiting_since, c.queued_at) < $2::timestamptz - make_interval(mins => q.overflow_minutes)
           where q.workspace_id = $1 and q.overflow_minutes is not null and q.removed_at is null
             and (q.overflow_queue_id is not null or c.needs <> '')
           order by c.id limit $3 for update of c skip locked""",
        tx.workspace_id,
        tx.now,
        most,
    )
    return [(row["id"], row["overflow_queue_id"]) for row in rows]


async def workspaces_that_overflow(directory: Tx) -> list[UUID]:
    """Those in which some queue lets a conversation wait only so long, or in which skills are told apart."""
    rows = await directory.fetch(
        """select workspace_id from queue where removed_at is null and (overflow_minutes is not null or needs <> '')
           union select workspace_id from agent where skills <> '{}'"""
    )
    return [row["workspace_id"] for row in rows]


async def workspaces_to_release(directory: Tx) -> list[UUID]:
    """Those in which an offer has run out, or somebody's time to wrap up has."""
    rows = await directory.fetch(
        """select workspace_id from conversation where offered_until is not null and offered_until <= $1
           union select workspace_id from agent where presence = 'wrap_up' and wrap_up_ends_at <= $1""",
        directory.now,
    )
    return [row["workspace_id"] for row in rows]


async def waiting_in(tx: Tx, line: tuple[UUID, str, int], most: int) -> list[UUID]:
    """Conversations of one line, locked."""
    rows = await tx.fetch(
        """select id from conversation where workspace_id = $1 and state = 0 and assignee_id is null
             and waiting_since is not null and queue_id = $2 and needs = $3 and weight = $4
           order by id limit $5 for update skip locked""",
        tx.workspace_id,
        *line,
        most,
    )
    return [row["id"] for row in rows]
