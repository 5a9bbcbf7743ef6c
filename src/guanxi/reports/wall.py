"""The wallboard: how it stands at this moment, by queue, agent and channel, today so far, and what needs somebody.

Read every two seconds by every board: each part is a bounded walk along an index (counting ends at MOST) or reads the few
rows that reports are added up in. Nothing here grows with how much was ever said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from guanxi.infra.sql import Tx
from guanxi.promises import policies
from guanxi.reports.model import (
    EVERYBODY,
    KEPT_IN,
    MISSED_IN,
    MOST,
    QUEUE,
    Figure,
    InQueue,
    NeedsYou,
    Now,
    OnChannel,
    Present,
    Quarter,
)
from guanxi.reports.rules import by_agent, duration, is_silent, numbers, quarter

LATE = timedelta(minutes=5)  # how long somebody may wait in a queue that says nothing of overflow
QUARTER = timedelta(minutes=15)
FEW = 5  # of each kind of what needs somebody
STUCK_DAYS = 2

STANDING = """select
  (select count(*) from (select from conversation where workspace_id = $1 and state = 0 and assignee_id is null limit $2) few) as queue,
  (select count(*) from (select from conversation where workspace_id = $1 and state = 0 and waiting_since is not null limit $2) few) as waiting,
  (select waiting_since from conversation where workspace_id = $1 and state = 0 and waiting_since is not null
    order by waiting_since, id limit 1) as longest,
  (select count(*) from (select from conversation where workspace_id = $1 and state = 0 limit $2) few) as open"""

QUEUES = """select q.id, q.name, q.everybody, coalesce(q.overflow_minutes, $3) as late_minutes, w.waiting, f.id as first_id,
    f.waiting_since as longest_waiting_since,
    array(select s.agent_id from queue_agent s where s.workspace_id = $1 and s.queue_id = q.id order by 1) as agents
  from queue q
  cross join lateral (select count(*) as waiting from (select from conversation c where c.workspace_id = $1
    and c.queue_id = q.id and c.state = 0 and c.assignee_id is null and c.waiting_since is not null limit $2) few) w
  left join lateral (select c.id, c.waiting_since from conversation c where c.workspace_id = $1 and c.queue_id = q.id
    and c.state = 0 and c.assignee_id is null and c.waiting_since is not null order by c.waiting_since, c.id limit 1) f on true
  where q.workspace_id = $1 and q.removed_at is null order by q.position, q.created_at, q.id"""

AGENTS = """select a.id, a.name, a.presence, a.presence_at, a.load, a.capacity, a.role <> 'viewer' as serves, (
    select c.id from conversation c where c.workspace_id = $1 and c.assignee_id = a.id and c.state = 0
      and c.waiting_since is not null order by c.waiting_since, c.id limit 1) as waits_id, (
    select c.id from conversation c where c.workspace_id = $1 and c.assignee_id = a.id and c.state = 0
      order by c.last_at desc, c.id desc limit 1) as newest_id
  from agent a where a.workspace_id = $1 and a.removed_at is null
  order by array_position(array['online', 'wrap_up', 'busy', 'offline'], a.presence), a.name, a.id"""

CHANNELS = """select k.channel, k.heard_at, k.is_paused, (select count(*) from (select from conversation c
    where c.workspace_id = $1 and c.channel = k.channel and c.state = 0 limit $2) few) as open
  from (select channel, max(last_received_at) as heard_at, bool_or(state = 'paused') as is_paused from inbox
    where workspace_id = $1 and state <> 'removed' group by channel) k order by k.channel"""

PASSED_ON = """select c.id, c.transfers, c.queue_id, c.assignee_id, coalesce(nullif(p.name, ''), d.name) as name
  from (select id, transfers, identity_id, queue_id, assignee_id from conversation where workspace_id = $1 and state = 0 and transfers > 1
    order by transfers desc, id limit $2) c
  join identity d on d.workspace_id = $1 and d.id = c.identity_id
  join contact p on p.workspace_id = $1 and p.id = d.contact_id order by c.transfers desc, c.id"""

OVERDUE = """select c.id, c.due_at, c.queue_id, c.assignee_id, coalesce(nullif(p.name, ''), d.name) as name
  from (select id, due_at, identity_id, queue_id, assignee_id from conversation where workspace_id = $1 and promise_state > 0 and due_at is not null
    and due_at <= $2 and state = 0 order by due_at, id limit $3) c
  join identity d on d.workspace_id = $1 and d.id = c.identity_id
  join contact p on p.workspace_id = $1 and p.id = d.contact_id order by c.due_at, c.id"""

BROKEN = """select c.queue_id, count(*) as overdue, min(c.due_at) as since, (array_agg(c.id order by c.due_at, c.id))[1] as first_id
  from (select id, queue_id, due_at from conversation where workspace_id = $1 and promise_state > 0 and due_at is not null
    and due_at <= $2 and state = 0 order by due_at, id limit $3) c group by c.queue_id"""

MOODS = """select c.id, c.mood, c.queue_id, c.assignee_id, coalesce(nullif(p.name, ''), d.name) as name
  from (select id, mood, last_at, identity_id, queue_id, assignee_id from conversation where workspace_id = $1 and state = 0
    and mood in ('angry', 'falling') order by last_at desc, id limit $2) c
  join identity d on d.workspace_id = $1 and d.id = c.identity_id
  join contact p on p.workspace_id = $1 and p.id = d.contact_id order by c.last_at desc, c.id"""

STUCK = """select m.conversation_id as id, m.created_at, c.queue_id, c.assignee_id, coalesce(nullif(p.name, ''), d.name) as name
  from (select conversation_id, created_at from message where workspace_id = $1 and state in ('failed', 'unknown')
    and created_at > $2 order by created_at desc, conversation_id limit 100) m
  join conversation c on c.workspace_id = $1 and c.id = m.conversation_id and c.state = 0
  join identity d on d.workspace_id = $1 and d.id = c.identity_id
  join contact p on p.workspace_id = $1 and p.id = d.contact_id order by m.created_at desc, m.conversation_id"""


async def now(tx: Tx) -> Now:
    """How it stands at this moment."""
    place = await tx.fetchrow(
        """select time_zone, ($2::timestamptz at time zone time_zone)::date as day,
             (($2::timestamptz at time zone time_zone)::date - 1)::timestamp at time zone time_zone as since
           from workspace where id = $1""",
        tx.workspace_id,
        tx.now,
    )
    standing = await tx.fetchrow(STANDING, tx.workspace_id, MOST)
    figures = by_agent(
        await tx.fetch(
            "select agent_id, measure, count, seconds, spread from report_figure where workspace_id = $1 and day = $2",
            tx.workspace_id,
            place["day"],
        )
    )
    people = await tx.fetch(AGENTS, tx.workspace_id)
    queues = await _queues(tx, people, figures.get(EVERYBODY, {}))
    before = quarter(tx.now) - QUARTER
    channels = await _channels(tx, place["day"])
    return Now(
        at=tx.now,
        time_zone=place["time_zone"],
        day=place["day"],
        most=MOST,
        queue=standing["queue"],
        queue_before=await tx.fetchval(
            """select count from report_quarter where workspace_id = $1 and measure = $2 and came_at < $3
               order by came_at desc limit 1""",
            tx.workspace_id,
            QUEUE,
            before,
        ),
        queue_before_at=before,
        waiting=standing["waiting"],
        longest_waiting_since=standing["longest"],
        open=standing["open"],
        first_promised=next(
            (60 * one.first_minutes for one in await policies(tx) if one.is_default and one.first_minutes), None
        ),
        queues=queues,
        agents=[_present(one, figures.get(one["id"], {})) for one in people],
        channels=channels,
        quarters=await _quarters(tx, place["since"]),
        needs_you=await _needs_you(tx, queues, channels),
        today=numbers(figures.get(EVERYBODY, {})),
    )


def _present(one: Mapping[str, Any], its: Mapping[str, Figure]) -> Present:
    return Present(
        **{name: one[name] for name in ("id", "name", "presence", "presence_at", "load", "capacity", "serves")},
        conversation_id=one["waits_id"] or one["newest_id"],
        answered=its.get("waited", Figure()).count,
        first_answered=duration(its.get("first_answered", Figure())).median,
    )


async def _queues(tx: Tx, people: Sequence[Mapping[str, Any]], today: Mapping[str, Figure]) -> list[InQueue]:
    online = {one["id"] for one in people if one["presence"] == "online" and one["serves"]}
    serve = {one["id"] for one in people if one["serves"]}
    told = []
    for row in await tx.fetch(QUEUES, tx.workspace_id, MOST, int(LATE.total_seconds() // 60)):
        its = serve if row["everybody"] else serve & set(row["agents"])
        since: datetime | None = row["longest_waiting_since"]
        told.append(
            InQueue(
                id=row["id"],
                name=row["name"],
                everybody=row["everybody"],
                agents=row["agents"],
                waiting=row["waiting"],
                longest_waiting_since=since,
                first_id=row["first_id"],
                is_late=since is not None and tx.now - since > timedelta(minutes=row["late_minutes"]),
                present=len(its & online),
                serving=len(its),
                kept=today.get(f"{KEPT_IN}{row['id']}", Figure()).count,
                missed=today.get(f"{MISSED_IN}{row['id']}", Figure()).count,
            )
        )
    return told


async def _channels(tx: Tx, day: date) -> list[OnChannel]:
    usual = {
        row["channel"]: row["received"]
        for row in await tx.fetch(
            """select channel, sum(count)::bigint as received from report_figure
               where workspace_id = $1 and agent_id = $2 and measure = 'received' and day >= $3 and day < $4
               group by channel""",
            tx.workspace_id,
            EVERYBODY,
            day - timedelta(days=7),
            day,
        )
    }
    return [
        OnChannel(
            channel=row["channel"],
            open=row["open"],
            heard_at=row["heard_at"],
            is_paused=row["is_paused"],
            is_silent=is_silent(row["heard_at"], usual.get(row["channel"], 0), tx.now),
        )
        for row in await tx.fetch(CHANNELS, tx.workspace_id, MOST)
    ]


async def _quarters(tx: Tx, since: datetime) -> list[Quarter]:
    rows = await tx.fetch(
        """select came_at, coalesce(sum(count) filter (where measure = 'opened'), 0)::bigint as opened,
             coalesce(sum(count) filter (where measure = 'taken'), 0)::bigint as taken
           from report_quarter where workspace_id = $1 and came_at >= $2 and measure <> $3 group by came_at order by came_at""",
        tx.workspace_id,
        since,
        QUEUE,
    )
    return [Quarter(row["came_at"], row["opened"], row["taken"]) for row in rows]


async def _needs_you(tx: Tx, queues: Sequence[InQueue], channels: Sequence[OnChannel]) -> list[NeedsYou]:
    def of(one: InQueue, kind: Literal["late", "broken", "nobody"], first_id: UUID | None, **more: Any) -> NeedsYou:
        return NeedsYou(kind=kind, name=one.name, conversation_id=first_id, queue_id=one.id, **more)

    def about(row: Mapping[str, Any], kind: Any, **more: Any) -> NeedsYou:
        place = {"conversation_id": row["id"], "queue_id": row["queue_id"], "agent_id": row["assignee_id"]}
        return NeedsYou(kind=kind, name=row["name"], **place, **more)

    broken = {row["queue_id"]: row for row in await tx.fetch(BROKEN, tx.workspace_id, tx.now, MOST)}
    told = [of(one, "late", one.first_id, since=one.longest_waiting_since) for one in queues if one.is_late]
    told += [
        of(one, "broken", its["first_id"], count=its["overdue"], since=its["since"])
        for one in queues
        if (its := broken.get(one.id)) is not None
    ]
    told += [
        of(one, "nobody", one.first_id, count=one.waiting)
        for one in queues
        if one.waiting and not one.present and not one.is_late
    ]
    passed_on = await tx.fetch(PASSED_ON, tx.workspace_id, FEW)
    told += [about(row, "passed_on", count=row["transfers"]) for row in passed_on]
    overdue = await tx.fetch(OVERDUE, tx.workspace_id, tx.now, FEW)
    told += [about(row, "overdue", since=row["due_at"]) for row in overdue]
    told += [about(row, row["mood"]) for row in await tx.fetch(MOODS, tx.workspace_id, FEW)]
    stuck: dict[UUID, Any] = {}
    for row in await tx.fetch(STUCK, tx.workspace_id, tx.now - timedelta(days=STUCK_DAYS)):
        stuck.setdefault(row["id"], row)
    told += [about(row, "undelivered", since=row["created_at"]) for row in list(stuck.values())[:FEW]]
    told += [NeedsYou(kind="paused", name=one.channel) for one in channels if one.is_paused]
    told += [
        NeedsYou(kind="silent", name=one.channel, since=one.heard_at)
        for one in channels
        if one.is_silent and not one.is_paused
    ]
    return told
