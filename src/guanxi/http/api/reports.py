"""Numbers: the page of reports, the same as a table for spreadsheets, and the wallboard."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from litestar import Response, get

from guanxi import reports, routing, views
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal
from guanxi.infra.sql import Tx
from guanxi.reports import Now, Parity, Report

USUAL_DAYS, PARITY_DAYS = 7, 28
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)


@get("/reports", operation_id="get_report", right="reports")
async def get_report(
    desk: Desk,
    first: date | None = None,
    last: date | None = None,
    channel: str | None = None,
    agent_id: UUID | None = None,
    team_id: UUID | None = None,
) -> Report:
    """Volume, waiting, first answers and resolving of whole days in the workspace's time zone, both ends included;
    without dates, of the last seven. Of one channel or agent when named; with a team, its members stand in the table."""
    async with desk.reading() as tx:
        return await _of_team(tx, await _report(tx, first, last, channel, agent_id), team_id)


@get("/reports/table", operation_id="get_report_table", right="reports", media_type="text/csv")
async def get_report_table(
    desk: Desk,
    by: Literal["day", "channel", "agent"],
    first: date | None = None,
    last: date | None = None,
    channel: str | None = None,
    agent_id: UUID | None = None,
    team_id: UUID | None = None,
) -> Response[bytes]:
    """The same numbers as CSV, one line a day, channel or agent; durations in seconds."""
    async with desk.revealing("export.report", "report", by) as tx:
        report = await _of_team(tx, await _report(tx, first, last, channel, agent_id), team_id)
    return _file(reports.as_csv(report, by), f"guanxi-{report.first}-{report.last}-{by}.csv")


@get("/reports/parity", operation_id="get_parity", right="reports")
async def get_parity(desk: Desk, first: date | None = None, last: date | None = None) -> Parity:
    """Whether all channels are served alike on these days (without dates, the last 28), each beside all others, and what
    chance allows."""
    async with desk.reading() as tx:
        first, last = await _days(tx, first, last, PARITY_DAYS)
        return await reports.equal_channels(tx, first, last)


@get("/reports/parity/table", operation_id="get_parity_table", right="reports", media_type="text/csv")
async def get_parity_table(desk: Desk, first: date | None = None, last: date | None = None) -> Response[bytes]:
    """The same as CSV, one line a channel; durations in seconds."""
    async with desk.revealing("export.report", "report", "parity") as tx:
        found = await reports.equal_channels(tx, *await _days(tx, first, last, PARITY_DAYS))
    return _file(reports.parity_table(found), f"guanxi-{found.first}-{found.last}-parity.csv")


def _file(table: bytes, name: str) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(table, media_type="text/csv", headers=headers)


async def _of_team(tx: Tx, report: Report, team_id: UUID | None) -> Report:
    """The same, with the lines of one team's members."""
    if team_id is None:
        return report
    members = {agent_id for one in await routing.teams(tx, team_id) for agent_id in one.agents}
    agents = [one for one in report.agents if one.agent_id in members]
    shown: Report = msgspec.structs.replace(report, agents=agents)
    return shown


async def _report(tx: Tx, first: date | None, last: date | None, channel: str | None, agent_id: UUID | None) -> Report:
    first, last = await _days(tx, first, last, USUAL_DAYS)
    return await reports.report(tx, first, last, channel=channel, agent_id=agent_id)


async def _days(tx: Tx, first: date | None, last: date | None, usual: int) -> tuple[date, date]:
    _, today = await reports.today(tx)
    last = last or max(today, first or today)
    first = first or last - timedelta(days=usual - 1)
    if not EARLIEST <= first <= last <= LATEST:
        raise Refusal(422, "invalid", fields={"first": "not_a_period"})
    if (last - first).days >= reports.MOST_DAYS:
        raise Refusal(422, "invalid", fields={"first": "too_long"})
    return first, last


@get("/wallboard", operation_id="get_wallboard", right="look")
async def get_wallboard(desk: Desk) -> Now:
    """How it stands at this moment: the queue, who waits longest, who is here, and today so far."""
    async with desk.reading() as tx:
        now = await reports.now(tx)
        sight = await desk.sight(tx)
        return now if sight is None else _as_seen(now, await views.seen(tx, sight, _named(now)))


def _named(now: Now) -> list[UUID]:
    agents, matters = [one.conversation_id for one in now.agents], [one.conversation_id for one in now.needs_you]
    return [one for one in (*agents, *matters, *(queue.first_id for queue in now.queues)) if one is not None]


def _as_seen(now: Now, seen: set[UUID]) -> Now:
    """Numbers are everybody's; the way to a conversation, and the name of its contact, only who sees it has."""
    replace = msgspec.structs.replace
    of_nobody = {"late", "broken", "nobody", "paused", "silent"}  # the others name a contact
    shown: Now = replace(
        now,
        agents=[replace(one, conversation_id=_if(seen, one.conversation_id)) for one in now.agents],
        queues=[replace(one, first_id=_if(seen, one.first_id)) for one in now.queues],
        needs_you=[
            replace(one, conversation_id=_if(seen, one.conversation_id))
            for one in now.needs_you
            if one.kind in of_nobody or one.conversation_id in seen
        ],
    )
    return shown


def _if(seen: set[UUID], one: UUID | None) -> UUID | None:
    return one if one in seen else None


routes = [get_report, get_report_table, get_parity, get_parity_table, get_wallboard]
