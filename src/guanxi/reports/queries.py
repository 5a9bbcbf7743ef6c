"""Pages of numbers, read from the day rows; and the wallboard, read from what is open now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from guanxi.infra.sql import Tx
from guanxi.reports.model import EVERYBODY, WRAP_UP, Day, Figure, OfAgent, OfChannel, OfWrapUp, Report
from guanxi.reports.parity import Parity, parity
from guanxi.reports.rules import add, by_agent, numbers

MOST_DAYS = 400

# One row for each agent and measure: the durations of all days are put together bucket by bucket.
AGENTS = """
with f as materialized (
  select agent_id, measure, count, seconds, spread from report_figure
  where workspace_id = $1 and day between $2 and $3 and agent_id <> '00000000-0000-0000-0000-000000000000'
    and channel = any($4::text[]))
select t.agent_id, t.measure, t.count, t.seconds,
  coalesce((select array_agg(b.count order by b.n) from (
    select s.n, sum(s.count)::bigint as count from f, unnest(f.spread) with ordinality as s(count, n)
    where f.agent_id = t.agent_id and f.measure = t.measure group by s.n) b), '{}') as spread
from (select agent_id, measure, sum(count)::bigint as count, sum(seconds)::bigint as seconds
      from f group by agent_id, measure) t"""


async def today(tx: Tx) -> tuple[str, date]:
    """The workspace's time zone, and which day it is there."""
    row = await tx.fetchrow(
        "select time_zone, ($2::timestamptz at time zone time_zone)::date as day from workspace where id = $1",
        tx.workspace_id,
        tx.now,
    )
    return row["time_zone"], row["day"]


async def report(
    tx: Tx, first: date, last: date, *, channel: str | None = None, agent_id: UUID | None = None
) -> Report:
    """The numbers of whole days from `first` to `last`, of all channels or one, of everybody or one agent."""
    zone, day_now = await today(tx)
    length = (last - first).days + 1
    earlier = first - timedelta(days=length)
    rows = await tx.fetch(
        """select day, channel, measure, count, seconds, spread from report_figure
           where workspace_id = $1 and agent_id = $2 and day between $3 and $4""",
        tx.workspace_id,
        agent_id or EVERYBODY,
        earlier,
        last,
    )
    total: dict[str, Figure] = {}
    before: dict[str, Figure] = {}
    days: dict[date, dict[str, Figure]] = {first + timedelta(days=n): {} for n in range(length)}
    channels: dict[str, dict[str, Figure]] = {}
    for row in rows:
        is_wanted = channel is None or row["channel"] == channel
        if row["day"] < first:
            _put(row, *([before] if is_wanted else []))
        else:
            # the channels stand beside each other whichever is chosen, as the agents do
            _put(row, channels.setdefault(row["channel"], {}), *([total, days[row["day"]]] if is_wanted else []))
    return Report(
        time_zone=zone,
        first=first,
        last=last,
        today=day_now,
        total=numbers(total),
        before=numbers(before),
        days=[Day(day, numbers(its)) for day, its in days.items()],
        channels=[OfChannel(name, numbers(its)) for name, its in sorted(channels.items())],
        agents=await _agents(tx, first, last, [channel] if channel else sorted(channels)),
        wrap_ups=await _wrap_ups(tx, total, before),
    )


async def _wrap_ups(tx: Tx, total: Mapping[str, Figure], before: Mapping[str, Figure]) -> list[OfWrapUp]:
    """Those that were said in either time, the most frequent first."""
    rows = await tx.fetch(
        """select k.id, concat_ws(' / ', g.name, k.name) as name, k.removed_at is not null as removed
           from wrap_up k left join wrap_up g on g.workspace_id = $1 and g.id = k.group_id where k.workspace_id = $1""",
        tx.workspace_id,
    )
    nothing = Figure()
    found = [
        OfWrapUp(row["id"], row["name"], row["removed"], *(of.get(measure, nothing).count for of in (total, before)))
        for row in rows
        if (measure := f"{WRAP_UP}{row['id']}") in total or measure in before
    ]
    return sorted(found, key=lambda one: (-one.count, one.name))


def _put(row: Mapping[str, Any], *where: dict[str, Figure]) -> None:
    for figures in where:
        add(figures.setdefault(row["measure"], Figure()), row["count"], row["seconds"], row["spread"])


async def _agents(tx: Tx, first: date, last: date, channels: list[str]) -> list[OfAgent]:
    rows = await tx.fetch(AGENTS, tx.workspace_id, first, last, channels)
    found = by_agent(rows)
    people = await tx.fetch(
        """select id, name, removed_at is not null as removed from agent
           where workspace_id = $1 and (removed_at is null or id = any($2::uuid[])) order by name, id""",
        tx.workspace_id,
        list(found),
    )
    return [OfAgent(one["id"], one["name"], one["removed"], numbers(found.get(one["id"], {}))) for one in people]


async def equal_channels(tx: Tx, first: date, last: date) -> Parity:
    """How alike the channels were served on whole days from `first` to `last`, from the rows of every report."""
    zone, _ = await today(tx)
    rows = await tx.fetch(
        """select channel, measure, count, seconds, spread from report_figure
           where workspace_id = $1 and agent_id = $2 and day between $3 and $4""",
        tx.workspace_id,
        EVERYBODY,
        first,
        last,
    )
    channels: dict[str, dict[str, Figure]] = {}
    for row in rows:
        _put(row, channels.setdefault(row["channel"], {}))
    served = await tx.fetch(
        """select coalesce(channel, '') as channel, count(distinct agent_id) as agents from report_figure
           where workspace_id = $1 and day between $2 and $3 and agent_id <> $4 and measure = 'sent'
           group by grouping sets ((channel), ())""",
        tx.workspace_id,
        first,
        last,
        EVERYBODY,
    )
    agents = {row["channel"]: row["agents"] for row in served}
    return parity(channels, agents, everybody=agents.pop("", 0), time_zone=zone, first=first, last=last)
