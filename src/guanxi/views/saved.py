"""Saved views: which conversations their conditions hold, a page or a count at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from guanxi.infra.sql import Tx
from guanxi.team import Conditions
from guanxi.views.combined import (
    COUNTS,
    COUNTS_OF_FEW,
    MOST_COUNTED,
    PAGES,
    PAGES_OF_FEW,
    PARTIAL,
    Kind,
    Where,
    numbers_of,
)
from guanxi.views.happened import over_below
from guanxi.views.lists import Who, heard_of, page_of
from guanxi.views.page import START, Page, Sort, cursor, place
from guanxi.views.sight import Sight, Walked, team_sight, walk, walk_in

FEW = 300
STATES = {"open": 0, "snoozed": 1, "resolved": 2}
# All that one condition holds, when that is few: then whatever else is asked for is looked for among these.
OF = {
    "tag": f"""select conversation_id as id from conversation_tag where workspace_id = $1 and state = $2 and tag = $3
      limit {FEW + 1}""",
    "inbox": f"""select id from conversation where workspace_id = $1 and state = $2 and inbox_id = $3
      order by last_at desc, id desc limit {FEW + 1}""",
    "assignee": f"""select id from conversation where workspace_id = $1 and state = $2 and assignee_id = $3
      order by last_at desc, id desc limit {FEW + 1}""",
}


def asked(conditions: Conditions, me: UUID, now: datetime) -> tuple[Kind, list[Any]]:
    """The combination, and the arguments of its conditions in their order."""
    arguments: list[Any] = []
    who: Who = "anybody"
    if conditions.assignee == "nobody":
        who = "nobody"
    elif conditions.assignee is not None:
        who = "somebody"
        arguments.append(me if conditions.assignee == "me" else UUID(conditions.assignee))
    where: Where = "anywhere"
    if conditions.inbox_id is not None:
        where = "inbox"
        arguments.append(conditions.inbox_id)
    elif conditions.channel is not None:
        where = "channel"
        arguments.append(conditions.channel)
    if conditions.tag is not None:
        arguments.append(conditions.tag)
    if conditions.waiting_minutes is not None:
        arguments.append(now - timedelta(minutes=conditions.waiting_minutes))
    state = STATES[conditions.state]
    waited = conditions.waiting_minutes is not None
    return Kind(
        state, who, where, conditions.tag is not None, waited, conditions.unread, heard_of(conditions.public)
    ), arguments


async def conversations_of_view(
    tx: Tx,
    conditions: Conditions,
    me: UUID,
    *,
    after: str | None = None,
    limit: int = 50,
    sight: Sight | None = None,
) -> Page:
    """One page of what the conditions hold for agent `me`. It may hold fewer rows than asked for, even none, and yet name
    a next page: then it has looked at enough for once. Raises BadCursor."""
    sort = conditions.sort
    at, id_ = place(sort, after)
    kind, arguments = asked(conditions, me, tx.now)
    xid = await over_below(tx)
    if (walked := await _walked(tx, conditions, me, sight, (at, id_))) is not None:
        rows = await tx.fetch(PAGES_OF_FEW[sort, kind], tx.workspace_id, at, id_, limit + 1, *arguments, walked.ids)
        page = page_of([(row["at"], row["id"], row["row"]) for row in rows], limit, sort, xid)
        return page if page.next or walked.end is None else Page(page.rows, cursor(sort, *walked.end), xid)
    if (few := await _few(tx, sort, kind, arguments)) is not None:
        rows = await tx.fetch(PAGES_OF_FEW[sort, kind], tx.workspace_id, at, id_, limit + 1, *arguments, few)
        return page_of([(row["at"], row["id"], row["row"]) for row in rows], limit, sort, xid)
    rows = await tx.fetch(PAGES[sort, kind], tx.workspace_id, at, id_, limit + 1, *arguments)
    page = page_of([(row["at"], row["id"], row["row"]) for row in rows if row["id"] is not None], limit, sort, xid)
    if page.next is None and rows[0]["end_at"] is not None:
        return Page(page.rows, cursor(sort, rows[0]["end_at"], rows[0]["end_id"]), xid)
    return page


async def _walked(
    tx: Tx, conditions: Conditions, me: UUID, sight: Sight | None, place: tuple[datetime, UUID]
) -> Walked | None:
    """The first that are a team's, or that somebody sees who does not see all; None where neither is asked."""
    state = STATES[conditions.state]
    if conditions.team is not None:
        return await walk_in(tx, sight, await team_sight(tx, conditions.team, me), conditions.sort, state, place)
    return None if sight is None else await walk(tx, sight, conditions.sort, state, place)


async def _few(tx: Tx, sort: Sort, kind: Kind, arguments: list[Any]) -> list[UUID] | None:
    """All conversations of one of the conditions, when these are few, and when the order of the list alone would not lead there."""
    if (sort, kind) not in PARTIAL:
        return None
    numbers = numbers_of(kind, 0)
    for name in OF:
        if name in numbers:
            rows = await tx.fetch(OF[name], tx.workspace_id, kind.state, arguments[numbers[name]])
            if len(rows) <= FEW:
                return [row["id"] for row in rows]
    return None


MINE = """select v.id, v.name, v.icon, v.conditions, v.agent_id is null as is_shared, v.version from saved_view v
  where v.workspace_id = $1 and (v.agent_id is null or v.agent_id = $2) order by v.agent_id is null, v.created_at, v.id"""
ONE = """select v.id, v.name, v.icon, v.conditions, v.agent_id is null as is_shared, v.version from saved_view v
  where v.workspace_id = $1 and (v.agent_id is null or v.agent_id = $2) and v.id = $3"""


async def saved_views(tx: Tx, me: UUID) -> list[Any]:
    """The agent's own and the team's: id, name, icon, conditions, is_shared, version."""
    return await tx.fetch(MINE, tx.workspace_id, me)


async def saved_view(tx: Tx, view_id: UUID, me: UUID) -> Any | None:
    """One of them, or None."""
    return await tx.fetchrow(ONE, tx.workspace_id, me, view_id)


def conditions_of(row: Any) -> Conditions:
    return msgspec.convert(row["conditions"], Conditions)


class Counted(NamedTuple):
    """`is_more`: it was not counted to the end."""

    many: int
    is_more: bool


async def saved_counts(tx: Tx, me: UUID, sight: Sight | None = None) -> dict[UUID, Counted]:
    """How many conversations each of them holds, counted to 99, and as far as a page would look."""
    counts: dict[UUID, Counted] = {}
    for view in await saved_views(tx, me):
        conditions = conditions_of(view)
        sort, (kind, arguments) = conditions.sort, asked(conditions, me, tx.now)
        if (walked := await _walked(tx, conditions, me, sight, START[sort])) is not None:
            many = await tx.fetchval(COUNTS_OF_FEW[sort, kind], tx.workspace_id, *arguments, walked.ids)
            has_ended = walked.end is not None
        elif (few := await _few(tx, sort, kind, arguments)) is not None:
            many, has_ended = await tx.fetchval(COUNTS_OF_FEW[sort, kind], tx.workspace_id, *arguments, few), False
        else:
            many, has_ended = await tx.fetchrow(COUNTS[sort, kind], tx.workspace_id, *arguments)
        counts[view["id"]] = Counted(min(many, MOST_COUNTED - 1), many >= MOST_COUNTED or has_ended)
    return counts
