"""Who waits, in the order of turns; what each was told, and what he chose instead of waiting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from guanxi import conversations, events
from guanxi.infra.sql import Tx
from guanxi.routing.queries import LINE
from guanxi.routing.waits import Standing, Wish

FURTHEST = 200  # in a line: whoever stands behind them is told nothing yet

# Of each line its first ones, over the index of lines; no more is read however many wait.
STANDING = f"""with recursive {LINE},
  first as (select w.id, w.waiting_since, l.queue_id,
      (row_number() over (partition by l.queue_id order by w.turn_at, w.id))::integer - 1 as ahead
    from line l cross join lateral (select c.id, c.turn_at, c.waiting_since from conversation c
      where c.workspace_id = $1 and c.state = 0 and c.assignee_id is null and c.waiting_since is not null
        and c.queue_id = l.queue_id and c.needs = l.needs and c.weight = l.weight
      order by c.turn_at, c.id limit {FURTHEST}) w)
  select f.id, f.queue_id, f.ahead, f.waiting_since, q.taken_at, t.told_at, coalesce(t.told_ahead, 0) as told_ahead,
    t.told_minutes, case when t.since = f.waiting_since then t.times else 0 end as times,
    coalesce(t.wish, '') as wish
  from first f join queue q on q.workspace_id = $1 and q.id = f.queue_id
  left join customer_wait t on t.workspace_id = $1 and t.conversation_id = f.id
  where f.ahead < {FURTHEST} and f.waiting_since <= $2 and coalesce(t.line_until, '-infinity') <= $3 order by f.id"""


# How one of them stands: those of his queue whose turn is earlier, as far as anybody counts.
ONE = f"""select c.id, c.queue_id, c.waiting_since, q.taken_at, t.told_at, coalesce(t.told_ahead, 0) as told_ahead,
    t.told_minutes, case when t.since = c.waiting_since then t.times else 0 end as times, coalesce(t.wish, '') as wish,
    (select count(*) from (select from conversation o where o.workspace_id = $1 and o.queue_id = c.queue_id and o.state = 0
      and o.assignee_id is null and o.waiting_since is not null and (o.turn_at, o.id) < (c.turn_at, c.id)
      limit {FURTHEST}) before)::integer as ahead
  from conversation c join queue q on q.workspace_id = $1 and q.id = c.queue_id
  left join customer_wait t on t.workspace_id = $1 and t.conversation_id = c.id
  where c.workspace_id = $1 and c.id = $2 and c.state = 0 and c.assignee_id is null and c.waiting_since is not null"""


async def standing_of(tx: Tx, conversation_id: UUID) -> tuple[Standing | None, bool]:
    """How one stands, and whether another way is to be offered to him; None where he does not wait, or the workspace tells
    nothing of it."""
    row = await tx.fetchrow("select tell_wait_seconds, offer_elsewhere from workspace where id = $1", tx.workspace_id)
    found = await tx.fetchrow(ONE, tx.workspace_id, conversation_id) if row["tell_wait_seconds"] else None
    return (Standing(**dict(found)) if found is not None else None), row["offer_elsewhere"]


async def workspaces_that_tell(directory: Tx) -> list[UUID]:
    """Those that tell who waits how he stands."""
    rows = await directory.fetch("select id from workspace where tell_wait_seconds > 0")
    return [row["id"] for row in rows]


async def tells_waits(tx: Tx) -> bool:
    """Does the workspace tell who waits how he stands?"""
    return bool(await tx.fetchval("select tell_wait_seconds > 0 from workspace where id = $1", tx.workspace_id))


async def offers_elsewhere(tx: Tx) -> bool:
    """Does the workspace offer another way to who waits?"""
    return bool(
        await tx.fetchval(
            "select tell_wait_seconds > 0 and offer_elsewhere from workspace where id = $1", tx.workspace_id
        )
    )


async def standings(tx: Tx) -> tuple[list[Standing], bool]:
    """Those who have waited for as long as the workspace says and see no live line, in the order of their ids; and whether
    another way is to be offered to them."""
    row = await tx.fetchrow("select tell_wait_seconds, offer_elsewhere from workspace where id = $1", tx.workspace_id)
    if not row["tell_wait_seconds"]:
        return [], False
    since = tx.now - timedelta(seconds=row["tell_wait_seconds"])
    rows = await tx.fetch(STANDING, tx.workspace_id, since, tx.now)
    return [Standing(**dict(one)) for one in rows], row["offer_elsewhere"]


async def told(tx: Tx, one: Standing, minutes: int | None, *, asked: bool) -> None:
    """He was told how he stands, and (`asked`) what he may choose instead."""
    await tx.execute(
        """insert into customer_wait (workspace_id, conversation_id, since, told_at, told_ahead, told_minutes, times, wish)
           values ($1, $2, $3, $4, $5, $6, $7, case when $8 then 'asked' else '' end)
           on conflict (workspace_id, conversation_id) do update set since = excluded.since, told_at = excluded.told_at,
             told_ahead = excluded.told_ahead, told_minutes = excluded.told_minutes, times = excluded.times,
             wish = case when $8 then 'asked' else customer_wait.wish end""",
        tx.workspace_id,
        one.id,
        one.waiting_since,
        tx.now,
        one.ahead,
        minutes,
        one.times + 1,
        asked,
    )


async def asked_among(tx: Tx, said: Sequence[tuple[UUID, int]]) -> list[Any]:
    """Of these messages those of contacts who were asked how they want to wait: conversation_id, seq, content, wish,
    told_minutes, phone (of the contact)."""
    if not said:
        return []
    return await tx.fetch(
        """select m.conversation_id, m.seq, m.content, t.wish, t.told_minutes, p.phone
           from unnest($2::uuid[], $3::bigint[]) as s(conversation_id, seq)
           join customer_wait t on t.workspace_id = $1 and t.conversation_id = s.conversation_id
             and t.wish in ('asked', 'number')
           join message m on m.workspace_id = $1 and m.conversation_id = s.conversation_id and m.seq = s.seq
           join conversation c on c.workspace_id = $1 and c.id = s.conversation_id and c.state < 2
             and (c.assignee_id is null or t.wish = 'number' or m.content ? 'id')  -- an agent hears words himself
           join identity d on d.workspace_id = $1 and d.id = c.identity_id
           join contact p on p.workspace_id = $1 and p.id = d.contact_id
           order by m.conversation_id, m.seq""",
        tx.workspace_id,
        [one[0] for one in said],
        [one[1] for one in said],
    )


async def told_of_wait(tx: Tx, conversation_id: UUID) -> Any:
    """Wish and told_minutes of one who waits and whom nobody has taken yet; None where he does not wait."""
    return await tx.fetchrow(
        """select coalesce(t.wish, '') as wish, t.told_minutes from conversation c
           left join customer_wait t on t.workspace_id = $1 and t.conversation_id = c.id
           where c.workspace_id = $1 and c.id = $2 and c.state = 0 and c.waiting_since is not null
             and (c.assignee_id is null or c.offered_until is not null)""",
        tx.workspace_id,
        conversation_id,
    )


async def wish(tx: Tx, conversation_id: UUID, wish: Wish, *, phone: str = "", due_at: datetime | None = None) -> None:
    """He chose: to be called back at this number (by then), to be answered later, or to wait on. His place is kept; the
    agents see it. With `number` he has yet to say which number."""
    conversation = await conversations.lock(tx, conversation_id)
    await tx.execute(
        """insert into customer_wait (workspace_id, conversation_id, since, told_at, told_ahead, times, wish, phone, due_at)
           select $1, id, coalesce(waiting_since, $6), $6, 0, 0, $3, $4, $5 from conversation where workspace_id = $1 and id = $2
           on conflict (workspace_id, conversation_id) do update set wish = excluded.wish, phone = excluded.phone,
             due_at = excluded.due_at""",
        tx.workspace_id,
        conversation_id,
        wish,
        phone,
        due_at,
        tx.now,
    )
    if wish == "number":
        return
    line: dict[str, Any] = {"until": events.wire_time(due_at)} if due_at else {}
    line |= {"details": {"text": phone}} if phone else {}
    await conversations.add_line(tx, conversation, f"wish_{wish}", line)
    conversation.version += 1
    await tx.execute(
        "update conversation set version = $3, last_seq = $4 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        conversation_id,
        conversation.version,
        conversation.last_seq,
    )
    told = {"seq": conversation.last_seq, "wish": wish}
    await events.record(tx, "conversation.wished", told, conversation=conversation_id, version=conversation.version)


async def note_pace(tx: Tx, taken: Sequence[tuple[UUID, datetime]]) -> None:
    """These conversations were given to somebody then: their queues keep the last twenty such times."""
    await tx.execute(
        """update queue q set taken_at = (
             select array_agg(at order by at) from (select at from unnest(q.taken_at || n.times) as a(at) order by at desc limit 20) l)
           from (select c.queue_id, array_agg(s.at) as times from unnest($2::uuid[], $3::timestamptz[]) as s(id, at)
             join conversation c on c.workspace_id = $1 and c.id = s.id group by c.queue_id) n
           where q.workspace_id = $1 and q.id = n.queue_id""",
        tx.workspace_id,
        [one[0] for one in taken],
        [one[1] for one in taken],
    )
