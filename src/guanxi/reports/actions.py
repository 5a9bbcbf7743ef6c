"""Events are added to the day rows with the cursor that says they were heard; or all rows are counted anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from guanxi.events import Happened
from guanxi.infra.sql import Tx
from guanxi.reports.model import BY_QUARTER, EVERYBODY, MOST, QUEUE, Fact, Figure
from guanxi.reports.rules import add_fact, facts_of, quarter

PAGE = 5000  # events read at once
Key = tuple[UUID, date, str, str]  # agent, day, channel, measure
Quarters = dict[tuple[datetime, str], int]


async def count(tx: Tx, happened: Sequence[Happened]) -> None:
    """Add events to the day rows. Where none were counted yet, or in another time zone, all are counted anew: the
    cursor, which moves in this transaction, stands behind these events already."""
    row = await tx.fetchrow(
        """select w.time_zone, b.time_zone as counted_in from workspace w
           left join report_book b on b.workspace_id = $1 where w.id = $1""",
        tx.workspace_id,
    )
    await _stands(tx)
    if row["counted_in"] != row["time_zone"]:
        await rebuild(tx)
        return
    figures: dict[Key, Figure] = {}
    quarters: Quarters = {}
    await _count(tx, row["time_zone"], happened, figures, quarters)
    await _write(tx, figures)
    await _write_quarters(tx, quarters)


async def rebuild(tx: Tx) -> int:
    """Count all days anew whose events are all still there; returns how many events were read. The follower waits,
    and goes on behind the events that were read here."""
    await tx.execute(
        "insert into event_cursor (workspace_id) values ($1) on conflict (workspace_id) do nothing", tx.workspace_id
    )
    cursor = await tx.fetchrow(
        "select xid::text as xid, id from event_cursor where workspace_id = $1 for update", tx.workspace_id
    )
    zone = await tx.fetchval("select time_zone from workspace where id = $1", tx.workspace_id)
    whole_from: date | None = await tx.fetchval(
        """insert into report_book (workspace_id, time_zone, counted_at) values ($1, $2, $3)
           on conflict (workspace_id) do update set time_zone = excluded.time_zone, counted_at = excluded.counted_at
           returning whole_from""",
        tx.workspace_id,
        zone,
        tx.now,
    )
    since = whole_from or date.min
    await tx.execute("delete from report_figure where workspace_id = $1 and day >= $2", tx.workspace_id, since)
    await tx.execute(
        "delete from report_quarter where workspace_id = $1 and measure <> $4 and ($2::date is null or came_at >= $2::date at time zone $3)",
        tx.workspace_id,
        whole_from,
        zone,
        QUEUE,
    )
    figures: dict[Key, Figure] = {}
    quarters: Quarters = {}
    at, read = ("0", 0), 0
    while True:
        rows = await tx.fetch(
            """select xid::text::bigint as xid, id, kind, at, payload, conversation_id, version, agent_id
               from event where workspace_id = $1 and (xid, id) > ($2::text::xid8, $3)
                 and (xid, id) <= ($4::text::xid8, $5) order by event.xid, event.id limit $6""",
            tx.workspace_id,
            *at,
            cursor["xid"],
            cursor["id"],
            PAGE,
        )
        await _count(tx, zone, [Happened(**dict(row)) for row in rows], figures, quarters)
        read += len(rows)
        if len(rows) < PAGE:
            break
        at = (str(rows[-1]["xid"]), rows[-1]["id"])
    await _write(tx, {key: figure for key, figure in figures.items() if key[1] >= since})
    begins = await tx.fetchval("select $1::date::timestamp at time zone $2", whole_from, zone)
    await _write_quarters(tx, {key: n for key, n in quarters.items() if begins is None or key[0] >= begins})
    return read


async def forgotten(tx: Tx, before: datetime) -> None:
    """Events from before then are gone: the days that they fell in keep their rows, and are never counted anew."""
    await tx.execute(
        """update report_book b set whole_from = greatest(
               b.whole_from, ($2::timestamptz at time zone b.time_zone)::date + 1)
           where b.workspace_id = $1""",
        tx.workspace_id,
        before,
    )


async def _count(
    tx: Tx, zone: str, happened: Sequence[Happened], figures: dict[Key, Figure], quarters: Quarters
) -> None:
    measured: list[tuple[Happened, list[Fact]]] = [
        (event, facts) for event in happened if event.conversation_id and (facts := facts_of(event))
    ]
    if not measured:
        return
    for event, facts in measured:
        for fact in facts:
            if fact.measure in BY_QUARTER:
                at = (quarter(event.at), fact.measure)
                quarters[at] = quarters.get(at, 0) + 1
    rows: list[Any] = await tx.fetch(
        """select e.n, (e.at at time zone $2)::date as day, c.channel
           from unnest($3::uuid[], $4::timestamptz[]) with ordinality as e(conversation_id, at, n)
           join conversation c on c.workspace_id = $1 and c.id = e.conversation_id""",
        tx.workspace_id,
        zone,
        [event.conversation_id for event, _ in measured],
        [event.at for event, _ in measured],
    )
    for row in rows:
        for fact in measured[row["n"] - 1][1]:
            for agent_id in (EVERYBODY, fact.agent_id) if fact.agent_id else (EVERYBODY,):
                key = (agent_id, row["day"], row["channel"], fact.measure)
                add_fact(figures.setdefault(key, Figure()), fact.seconds, fact.count)


async def _write(tx: Tx, figures: dict[Key, Figure]) -> None:
    """In the order of their keys, each spread on top of the one that is there, bucket by bucket."""
    rows = [(tx.workspace_id, *key, one.count, one.seconds, one.spread) for key, one in sorted(figures.items())]
    if not rows:
        return
    await tx.executemany(
        """insert into report_figure as r (workspace_id, agent_id, day, channel, measure, count, seconds, spread)
           values ($1, $2, $3, $4, $5, $6, $7, $8)
           on conflict (workspace_id, agent_id, day, channel, measure) do update set
             count = r.count + excluded.count, seconds = r.seconds + excluded.seconds,
             spread = coalesce((select array_agg(coalesce(s.a, 0) + coalesce(s.b, 0) order by s.n)
               from unnest(r.spread, excluded.spread) with ordinality as s(a, b, n)), '{}')""",
        rows,
    )


async def _write_quarters(tx: Tx, quarters: Quarters) -> None:
    rows = [(tx.workspace_id, *key, count) for key, count in sorted(quarters.items())]
    if rows:
        await tx.executemany(
            """insert into report_quarter as r (workspace_id, came_at, measure, count) values ($1, $2, $3, $4)
               on conflict (workspace_id, came_at, measure) do update set count = r.count + excluded.count""",
            rows,
        )


async def _stands(tx: Tx) -> None:
    """How many nobody has taken. Nothing changes that without an event, so that the last count of a quarter is how it
    stood when the quarter ended."""
    await tx.execute(
        """insert into report_quarter (workspace_id, came_at, measure, count)
           select $1, $2, $3, count(*) from (select from conversation
             where workspace_id = $1 and state = 0 and assignee_id is null limit $4) few
           on conflict (workspace_id, came_at, measure) do update set count = excluded.count""",
        tx.workspace_id,
        quarter(tx.now),
        QUEUE,
        MOST,
    )
