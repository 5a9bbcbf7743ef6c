"""Saved views: which conversations their conditions hold, a page or a count at a time, a statement for each combination."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from guanxi.infra.sql import Tx
from guanxi.team import Conditions
from guanxi.views.happened import over_below
from guanxi.views.lists import Who, page_of
from guanxi.views.page import Page, Sort, place
from guanxi.views.shapes import ROW, ROW_JOINS

Where = Literal["anywhere", "channel", "inbox"]


class Kind(NamedTuple):
    """A combination of conditions; each has statements of its own, because one for all is planned for the worst."""

    state: int
    who: Who
    where: Where
    tagged: bool
    waited: bool
    unread: bool


def _conditions(kind: Kind, first: int) -> tuple[list[str], dict[str, int]]:
    """What c has to fulfil, and which number each argument has, from `first` on."""
    wanted = [f"c.workspace_id = $1 and c.state = {kind.state}"]
    numbers: dict[str, int] = {}

    def number(name: str) -> str:
        numbers[name] = first + len(numbers)
        return f"${numbers[name]}"

    if kind.who == "somebody":
        wanted.append(f"c.assignee_id = {number('assignee')}")
    elif kind.who == "nobody":
        wanted.append("c.assignee_id is null")
    if kind.where == "channel":
        wanted.append(f"c.channel = {number('channel')}")
    elif kind.where == "inbox":  # the channel only leads to an index
        inbox = number("inbox")
        wanted.append(
            f"c.inbox_id = {inbox} and c.channel = (select channel from inbox where workspace_id = $1 and id = {inbox})"
        )
    if kind.tagged:
        number("tag")
    if kind.waited:
        wanted.append(f"c.waiting_since <= {number('waited')}")
    if kind.unread:
        wanted.append("(c.unread > 0 or c.marked_unread)")
    return wanted, numbers


def _page(sort: Sort, kind: Kind) -> str:
    """$1 workspace, $2 and $3 the place after which to go on, $4 how many; then the arguments of the conditions."""
    wanted, numbers = _conditions(kind, 5)
    source, order, direction = "conversation c", "c.last_at", " desc"
    if sort == "waiting":
        order, direction = "c.waiting_since", ""
        wanted.append("c.waiting_since is not null and (c.waiting_since, c.id) > ($2, $3)")
        if kind.tagged:
            wanted.append(f"${numbers['tag']}::text = any(c.tags)")
    elif kind.tagged:
        source, id_, order = _of_tag(kind, numbers["tag"])
        wanted.append(f"({order}, {id_}) < ($2, $3)")
        return _rows(source, wanted, f"{order} desc, {id_} desc", order="c.last_at desc, c.id desc", at="c.last_at")
    else:
        wanted.append("(c.last_at, c.id) < ($2, $3)")
    lines = f"{order}{direction}, c.id{direction}"
    return _rows(source, wanted, lines, order=lines, at=order)


def _of_tag(kind: Kind, tag: int) -> tuple[str, str, str]:
    """The list of one tag, in its own order."""
    source = f"""conversation_tag t join conversation c on c.workspace_id = $1 and c.id = t.conversation_id
      and t.workspace_id = $1 and t.tag = ${tag} and t.state = {kind.state}"""
    return source, "t.conversation_id", "t.last_at"


def _rows(source: str, wanted: Sequence[str], lines: str, *, order: str, at: str) -> str:
    return f"""select {at} as at, c.id, {ROW} as row
      from (select c.* from {source} where {" and ".join(wanted)} order by {lines} limit $4) c {ROW_JOINS}
      order by {order}"""


def _count(sort: Sort, kind: Kind) -> str:
    """$1 workspace, then the arguments of the conditions."""
    wanted, numbers = _conditions(kind, 2)
    source = _of_tag(kind, numbers["tag"])[0] if kind.tagged else "conversation c"
    if sort == "waiting":
        wanted.append("c.waiting_since is not null")
    return f"""select count(*) from (select 1 from {source} where {" and ".join(wanted)} limit 100) few"""


_WHO: tuple[Who, ...] = ("somebody", "nobody", "anybody")
_WHERE: tuple[Where, ...] = ("anywhere", "channel", "inbox")
_EITHER = (False, True)
# Nobody waits for an answer but in open conversations, and nothing resolved is asked for as unread.
KINDS = [
    Kind(state, who, where, tagged, waited, unread)
    for state, who, where, tagged, waited, unread in product((0, 1, 2), _WHO, _WHERE, _EITHER, _EITHER, _EITHER)
    if not (waited and state > 0) and not (unread and state > 1)
]
PAGES: dict[tuple[Sort, Kind], str] = {("newest", kind): _page("newest", kind) for kind in KINDS} | {
    ("waiting", kind): _page("waiting", kind) for kind in KINDS if kind.state == 0
}
COUNTS: dict[tuple[Sort, Kind], str] = {(sort, kind): _count(sort, kind) for sort, kind in PAGES}


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
    state = {"open": 0, "snoozed": 1, "resolved": 2}[conditions.state]
    waited = conditions.waiting_minutes is not None
    return Kind(state, who, where, conditions.tag is not None, waited, conditions.unread), arguments


async def conversations_of_view(
    tx: Tx, conditions: Conditions, me: UUID, *, after: str | None = None, limit: int = 50
) -> Page:
    """One page of what the conditions hold for agent `me`. Raises BadCursor."""
    at, id_ = place(conditions.sort, after)
    kind, arguments = asked(conditions, me, tx.now)
    xid = await over_below(tx)
    found = await tx.fetch(PAGES[conditions.sort, kind], tx.workspace_id, at, id_, limit + 1, *arguments)
    return page_of([(row["at"], row["id"], row["row"]) for row in found], limit, conditions.sort, xid)


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


async def saved_counts(tx: Tx, me: UUID) -> dict[UUID, int]:
    """How many conversations each of them holds, counted to a hundred."""
    counts: dict[UUID, int] = {}
    for view in await saved_views(tx, me):
        conditions = conditions_of(view)
        kind, arguments = asked(conditions, me, tx.now)
        counts[view["id"]] = await tx.fetchval(COUNTS[conditions.sort, kind], tx.workspace_id, *arguments)
    return counts
