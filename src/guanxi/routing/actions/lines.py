"""Who waits just now, for a live line that tells each how he stands; and that it stands before him."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from guanxi.infra.sql import Tx
from guanxi.promises import Hours, is_open, next_opening
from guanxi.routing.queries import LINE
from guanxi.routing.waits import Waiting, minutes_left

DEEPEST = 5000  # in a line: whoever stands behind them sees no number yet

# As `standings`, and whoever is just being offered to somebody is next.
WAITING = f"""with recursive {LINE},
  first as (select w.id, w.inbox_id, w.waiting_since, l.queue_id,
      (row_number() over (partition by l.queue_id order by w.turn_at, w.id))::integer - 1 as ahead
    from line l cross join lateral (select c.id, c.inbox_id, c.turn_at, c.waiting_since from conversation c
      where c.workspace_id = $1 and c.state = 0 and c.assignee_id is null and c.waiting_since is not null
        and c.queue_id = l.queue_id and c.needs = l.needs and c.weight = l.weight
      order by c.turn_at, c.id limit {DEEPEST}) w),
  these as (
    select id, queue_id, ahead, waiting_since from first where inbox_id = any($2::uuid[]) and ahead < {DEEPEST}
    union all
    select id, queue_id, 0, waiting_since from conversation where workspace_id = $1 and offered_until is not null
      and state = 0 and waiting_since is not null and inbox_id = any($2::uuid[]))
  select t.id, t.queue_id, t.ahead, t.waiting_since, coalesce(w.wish, '') as wish from these t
  left join customer_wait w on w.workspace_id = $1 and w.conversation_id = t.id order by t.id"""


class _Pace(msgspec.Struct, frozen=True):
    taken_at: Sequence[datetime]
    is_closed: bool
    opens_at: datetime | None


async def waiting_at(tx: Tx, inbox_ids: Sequence[UUID]) -> tuple[list[Waiting], bool]:
    """Who waits at these inboxes, in the order of their ids, and whether another way is to be offered to them. Nobody where
    the workspace tells nothing of waiting."""
    row = await tx.fetchrow("select tell_wait_seconds, offer_elsewhere from workspace where id = $1", tx.workspace_id)
    if not row["tell_wait_seconds"]:
        return [], False
    rows = await tx.fetch(WAITING, tx.workspace_id, list(inbox_ids))
    paces = await _paces(tx, sorted({one["queue_id"] for one in rows})) if rows else {}
    known: dict[tuple[UUID, int], int | None] = {}
    found = []
    for one in rows:
        pace, place = paces[one["queue_id"]], (one["queue_id"], one["ahead"])
        if place not in known:
            known[place] = minutes_left(one["ahead"], pace.taken_at, tx.now)
        found.append(
            Waiting(
                id=one["id"],
                ahead=one["ahead"],
                minutes=known[place],
                is_closed=pace.is_closed,
                opens_at=pace.opens_at,
                waiting_since=one["waiting_since"],
                wish=one["wish"],
            )
        )
    return found, row["offer_elsewhere"]


async def _paces(tx: Tx, queue_ids: Sequence[UUID]) -> Mapping[UUID, _Pace]:
    rows = await tx.fetch(
        """select q.id as queue_id, q.taken_at, h.id, h.name, h.time_zone, h.week, h.holidays, h.version
           from queue q left join hours h on h.workspace_id = $1 and h.id = q.hours_id
           where q.workspace_id = $1 and q.id = any($2::uuid[])""",
        tx.workspace_id,
        list(queue_ids),
    )
    return {row["queue_id"]: _pace(row, tx.now) for row in rows}


def _pace(row: Any, now: datetime) -> _Pace:
    hours = msgspec.convert(dict(row), Hours) if row["id"] is not None else None
    shut = hours is not None and not is_open(hours, now)
    return _Pace(row["taken_at"], shut, next_opening(hours, now) if shut and hours is not None else None)


async def line_stands(tx: Tx, shown: Sequence[Waiting], until: datetime) -> None:
    """Each of these sees how he stands until then, and needs no message about it."""
    ordered = sorted(shown, key=lambda one: one.id)
    await tx.execute(
        """insert into customer_wait (workspace_id, conversation_id, since, told_at, told_ahead, told_minutes, times, line_until)
           select $1, s.id, s.since, $6, s.ahead, s.minutes, 0, $7
           from unnest($2::uuid[], $3::timestamptz[], $4::integer[], $5::integer[]) as s(id, since, ahead, minutes)
           on conflict (workspace_id, conversation_id) do update set line_until = excluded.line_until,
             times = case when customer_wait.since = excluded.since then customer_wait.times else 0 end,
             since = excluded.since, told_at = excluded.told_at, told_ahead = excluded.told_ahead,
             told_minutes = excluded.told_minutes""",
        tx.workspace_id,
        [one.id for one in ordered],
        [one.waiting_since for one in ordered],
        [one.ahead for one in ordered],
        [one.minutes for one in ordered],
        tx.now,
        until,
    )
