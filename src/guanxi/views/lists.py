"""The conversation list: one page of rows for each view, each combination of filters by a statement of its own.

A statement per combination, because one with `$n is null or …` is planned for the worst of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import product
from typing import Any, Literal
from uuid import UUID

import msgspec

from guanxi.infra.sql import Tx
from guanxi.views.happened import over_below
from guanxi.views.page import Order, Page, Sort, cursor, place
from guanxi.views.shapes import DETAIL, IS_PRIVATE, IS_PUBLIC, ROW, ROW_JOINS
from guanxi.views.sight import Sight, team_sight, walk, walk_in

View = Literal["mine", "queue", "all", "late", "snoozed", "resolved", "any"]
Who = Literal["somebody", "nobody", "anybody"]
Heard = Literal["by_all", "by_one", "either"]  # public, private, or no matter
STATE = {"mine": 0, "queue": 0, "all": 0, "late": 0, "snoozed": 1, "resolved": 2}


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What of the list is asked for. `assignee` narrows any view to one colleague's conversations, `public` to those that
    everybody reads (or, false, to the others), `queue` the view of what waits for somebody to one queue, `team` (an id, or "mine") any view to one team's.

    Sorted by waiting, the list holds the conversations whose contact waits for an answer, longest first; by what is due,
    those to whom something is promised. The view `late` are those in which that is nearly late, or late.
    """

    view: View = "all"
    channel: str | None = None
    assignee: UUID | None = None
    public: bool | None = None
    queue: UUID | None = None
    team: str | None = None
    sort: Sort = "newest"
    after: str | None = None
    limit: int = 50


def _statement(
    sort: Order, state: int, who: Who, by_channel: bool, heard: Heard, by_queue: bool, among: bool = False
) -> str:
    """$1 workspace, $2 and $3 the place after which to go on, $4 how many; then the assignee, the channel, the queue; then,
    `among` few conversations, their ids."""
    conditions, next_number = [f"workspace_id = $1 and state = {state}"], 5
    if sort == "late":  # also what was put aside; nothing is due in what was resolved
        conditions = ["workspace_id = $1 and promise_state > 0"]
    if sort == "newest":
        conditions.append("(last_at, id) < ($2, $3)")
        order, direction = "last_at", " desc"
    else:
        order, direction = "waiting_since" if sort == "waiting" else "due_at", ""
        conditions.append(f"{order} is not null and ({order}, id) > ($2, $3)")
    if who == "somebody":
        conditions.append(f"assignee_id = ${next_number}")
        next_number += 1
    elif who == "nobody":
        conditions.append("assignee_id is null")
    if by_channel:
        conditions.append(f"channel = ${next_number}")
        next_number += 1
    if by_queue:
        conditions.append(f"queue_id = ${next_number}")
        next_number += 1
    source = "conversation c"
    if among:
        source = f"""unnest(${next_number}::uuid[]) k(one)
        cross join lateral (select * from conversation where workspace_id = $1 and id = k.one offset 0) c"""
    if heard != "either":
        conditions.append(IS_PUBLIC if heard == "by_all" else IS_PRIVATE)
    return f"""select c.{order} as at, c.id, {ROW} as row
      from (select c.* from {source} where {" and ".join(conditions)}
            order by {order}{direction}, id{direction} limit $4) c {ROW_JOINS}
      order by c.{order}{direction}, c.id{direction}"""


_SORTS: tuple[Order, ...] = ("newest", "waiting", "due", "late")
_WHO: tuple[Who, ...] = ("somebody", "nobody", "anybody")
_HEARD: tuple[Heard, ...] = ("by_all", "by_one", "either")
STATEMENTS: dict[tuple[Order, int, Who, bool, Heard, bool], str] = {
    (sort, state, who, by_channel, heard, by_queue): _statement(sort, state, who, by_channel, heard, by_queue)
    for sort, state, who, by_channel, heard, by_queue in product(
        _SORTS, (0, 1, 2), _WHO, (False, True), _HEARD, (False, True)
    )
    if (sort == "newest" or state == 0) and (not by_queue or (state == 0 and who == "nobody"))
}

AMONG = {kind: _statement(*kind, among=True) for kind in STATEMENTS}  # what somebody sees who does not see all

ROWS_BY_ID = f"""select {DETAIL}
  from conversation c {ROW_JOINS} where c.workspace_id = $1 and c.id = any($2::uuid[])"""


async def conversations(tx: Tx, ask: Ask, me: UUID, sight: Sight | None = None) -> Page:
    """One page of the list as agent `me` sees it. With a sight or a team it may hold fewer rows than asked for, even none, and yet name
    a next page. Raises BadCursor."""
    state = STATE.get(ask.view, 0)
    sort: Order = "late" if ask.view == "late" else ask.sort if state == 0 else "newest"
    at, id_ = place(sort, ask.after)
    who, assignee = _who(ask, me)
    if who is None or (ask.queue and (who != "nobody" or state != 0)):
        return Page([], None, await over_below(tx))
    arguments: list[Any] = [tx.workspace_id, at, id_, ask.limit + 1]
    arguments += [assignee] if who == "somebody" else []
    arguments += [ask.channel] if ask.channel else []
    arguments += [ask.queue] if ask.queue else []
    xid = await over_below(tx)
    kind = sort, state, who, bool(ask.channel), heard_of(ask.public), bool(ask.queue)
    if sight is None and ask.team is None:
        found = await tx.fetch(STATEMENTS[kind], *arguments)
        return page_of([(row["at"], row["id"], row["row"]) for row in found], ask.limit, sort, xid)
    if ask.team is not None:
        walked = await walk_in(tx, sight, await team_sight(tx, ask.team, me), sort, state, (at, id_))
    elif sight is not None:
        walked = await walk(tx, sight, sort, state, (at, id_))
    found = await tx.fetch(AMONG[kind], *arguments, walked.ids)
    page = page_of([(row["at"], row["id"], row["row"]) for row in found], ask.limit, sort, xid)
    return page if page.next or walked.end is None else Page(page.rows, cursor(sort, *walked.end), xid)


def page_of(found: Sequence[tuple[datetime, UUID, str]], limit: int, sort: Order, xid: int) -> Page:
    """Cut `found`, which holds one row more than a page when there is another page."""
    rows = [text for _, _, text in found[:limit]]
    more = cursor(sort, found[limit - 1][0], found[limit - 1][1]) if len(found) > limit else None
    return Page(rows, more, xid)


def heard_of(public: bool | None) -> Heard:
    return "either" if public is None else "by_all" if public else "by_one"


def _who(ask: Ask, me: UUID) -> tuple[Who | None, UUID | None]:
    """Whose conversations; (None, None) when view and filter contradict each other."""
    if ask.view == "mine":
        return ("somebody", me) if ask.assignee in (None, me) else (None, None)
    if ask.view == "queue":
        return ("nobody", None) if ask.assignee is None else (None, None)
    return ("somebody", ask.assignee) if ask.assignee else ("anybody", None)


async def rows_by_id(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Rows of these conversations as they are now, each with what its detail needs besides."""
    if not ids:
        return {}
    return {row["id"]: row for row in await tx.fetch(ROWS_BY_ID, tx.workspace_id, list(ids))}
