"""The statements of saved views, one for each combination of conditions, because one for all is planned for the worst.

Each goes along the one index that has its order and most of its conditions. What it has to look at besides, row by
row, is bounded: it stops after MOST_WALKED rows and says where, and the next page goes on there.
"""

from __future__ import annotations

from itertools import product
from typing import Literal, NamedTuple

from guanxi.views.lists import Heard, Who
from guanxi.views.page import Sort
from guanxi.views.shapes import IS_PRIVATE, IS_PUBLIC, ROW, ROW_JOINS

Where = Literal["anywhere", "channel", "inbox"]
MOST_WALKED = 1500
MOST_TAGGED = 400  # each of which leads to a conversation somewhere else
MOST_COUNTED = 100


class Kind(NamedTuple):
    """A combination of conditions."""

    state: int
    who: Who
    where: Where
    tagged: bool
    waited: bool
    unread: bool
    heard: Heard = "either"


class Plan(NamedTuple):
    """How a combination is read: `along` is served by an index in the order of the list, `besides` is looked at row by row."""

    source: str
    at: str
    id: str
    direction: str
    along: list[str]
    besides: list[str]


def numbers_of(kind: Kind, first: int) -> dict[str, int]:
    """Which number each argument has, from `first` on, in the order in which `saved.asked` gives them."""
    names = (
        ("assignee", kind.who == "somebody"), ("channel", kind.where == "channel"), ("inbox", kind.where == "inbox"),
        ("tag", kind.tagged), ("waited", kind.waited),
    )  # fmt: skip
    return {name: first + n for n, name in enumerate(name for name, is_asked in names if is_asked)}


def plan_of(sort: Sort, kind: Kind, first: int) -> Plan:
    number = numbers_of(kind, first)
    who = {"somebody": f"c.assignee_id = ${number.get('assignee')}", "nobody": "c.assignee_id is null", "anybody": ""}[
        kind.who
    ]
    where = {
        "channel": f"c.channel = ${number.get('channel')}", "inbox": f"c.inbox_id = ${number.get('inbox')}", "anywhere": "",
    }[kind.where]  # fmt: skip
    tagged = f"${number['tag']}::text = any(c.tags)" if kind.tagged else ""
    waited = f"c.waiting_since <= ${number['waited']}" if kind.waited else ""
    unread = "(c.unread > 0 or c.marked_unread)" if kind.unread else ""
    heard = {"by_all": IS_PUBLIC, "by_one": IS_PRIVATE, "either": ""}[kind.heard]
    state = f"c.workspace_id = $1 and c.state = {kind.state}"
    if sort == "waiting":
        along = [state, "c.waiting_since is not null", who, waited]
        return _plan("conversation c", "c.waiting_since", "c.id", "", along, [where, tagged, unread, heard])
    if kind.tagged:
        along = [f"c.workspace_id = $1 and c.tag = ${number['tag']} and c.state = {kind.state}"]
        return _plan(
            "conversation_tag c", "c.last_at", "c.conversation_id", " desc", along, [who, where, waited, unread, heard]
        )
    if kind.heard == "by_all":  # they are few, and have an index of their own
        return _plan("conversation c", "c.last_at", "c.id", " desc", [state, heard], [who, where, waited, unread])
    if kind.who == "somebody":
        along, besides = (
            [state, who, where if kind.where == "channel" else ""],
            [where if kind.where == "inbox" else ""],
        )
    elif kind.who == "nobody" and kind.state == 0:
        along, besides = [state, who], [where]
    else:
        along, besides = [state, where], [who]
    return _plan("conversation c", "c.last_at", "c.id", " desc", along, [*besides, waited, unread, heard])


def _plan(source: str, at: str, id_: str, direction: str, along: list[str], besides: list[str]) -> Plan:
    return Plan(source, at, id_, direction, [one for one in along if one], [one for one in besides if one])


def _bound(plan: Plan) -> int:
    return MOST_WALKED if plan.source == "conversation c" else MOST_TAGGED


def page_of_combination(sort: Sort, kind: Kind) -> str:
    """$1 workspace, $2 and $3 the place after which to go on, $4 how many; then the arguments of the conditions.
    Gives end_at, end_id (where it stopped looking, if it did), at, id, row."""
    plan = plan_of(sort, kind, 5)
    compare = "<" if plan.direction else ">"
    along = " and ".join([*plan.along, f"({plan.at}, {plan.id}) {compare} ($2, $3)"])
    order = f"{plan.at}{plan.direction}, {plan.id}{plan.direction}"
    fit, ended = _fit(plan, along, order, "$4"), "select null::timestamptz as at, null::uuid as id where false"
    if plan.besides:
        ended = f"""select {plan.at} as at, {plan.id} as id from {plan.source}
      where {along} and (select count(*) from fit) < $4 order by {order} offset {_bound(plan) - 1} limit 1"""
    return f"""with fit as materialized ({fit}), ended as ({ended})
    select e.at as end_at, e.id as end_id, r.at, r.id, r.row
    from (select) x left join ended e on true left join (
      select c.place as at, c.id, {ROW} as row from fit c {ROW_JOINS}) r on true
    order by r.at{plan.direction}, r.id{plan.direction}"""


def _fit(plan: Plan, along: str, order: str, most: str) -> str:
    walked = "" if not plan.besides else f"limit {_bound(plan)}"
    besides = " and ".join(["true", *plan.besides])
    if plan.source == "conversation c":
        return f"""select c.*, c.{plan.at[2:]} as place from (select c.* from conversation c where {along} order by {order} {walked}) c
      where {besides} order by {order} limit {most}"""
    # `offset 0` keeps other conditions from leading to another index, in which far more may be
    return f"""select c.*, t.last_at as place from (select c.last_at, c.conversation_id from conversation_tag c
        where {along} order by {order} {walked}) t
      cross join lateral (select * from conversation where workspace_id = $1 and id = t.conversation_id offset 0) c
      where {besides} order by t.last_at desc, t.conversation_id desc limit {most}"""


def count_of_combination(sort: Sort, kind: Kind) -> str:
    """$1 workspace, then the arguments of the conditions. Gives many, and whether it stopped looking."""
    plan = plan_of(sort, kind, 2)
    along = " and ".join(plan.along)
    order = f"{plan.at}{plan.direction}, {plan.id}{plan.direction}"
    ended = "false"
    if plan.besides:
        ended = f"""exists (select from {plan.source} where {along} and (select count(*) from fit) < {MOST_COUNTED}
      order by {order} offset {_bound(plan) - 1} limit 1)"""
    return f"""with fit as materialized (select 1 from ({_fit(plan, along, order, str(MOST_COUNTED))}) f)
    select (select count(*) from fit) as many, {ended} as has_ended"""


def _conditions(sort: Sort, kind: Kind, first: int) -> str:
    plan = plan_of(sort, kind, first)
    number = numbers_of(kind, first)
    wanted = [f"c.workspace_id = $1 and c.state = {kind.state}", *plan.besides]
    wanted += [f"${number['tag']}::text = any(c.tags)"] if kind.tagged else []
    wanted += plan.along if plan.source == "conversation c" else []
    return " and ".join(wanted)


def page_of_few(sort: Sort, kind: Kind) -> str:
    """The same page among few conversations, whose ids come last of all arguments."""
    number = 5 + len(numbers_of(kind, 5))
    at, direction, compare = ("waiting_since", "", ">") if sort == "waiting" else ("last_at", " desc", "<")
    return f"""select c.{at} as at, c.id, {ROW} as row from (select c.* from {_few(number)}
      where {_conditions(sort, kind, 5)} and (c.{at}, c.id) {compare} ($2, $3)
      order by c.{at}{direction}, c.id{direction} limit $4) c {ROW_JOINS} order by c.{at}{direction}, c.id{direction}"""


def count_of_few(sort: Sort, kind: Kind) -> str:
    number = 2 + len(numbers_of(kind, 2))
    return f"""select count(*) from (select 1 from {_few(number)}
      where {_conditions(sort, kind, 2)} limit {MOST_COUNTED}) few"""


def _few(number: int) -> str:
    return f"""unnest(${number}::uuid[]) k(id)
      cross join lateral (select * from conversation where workspace_id = $1 and id = k.id offset 0) c"""


_WHO: tuple[Who, ...] = ("somebody", "nobody", "anybody")
_WHERE: tuple[Where, ...] = ("anywhere", "channel", "inbox")
_EITHER = (False, True)
_HEARD: tuple[Heard, ...] = ("either", "by_all", "by_one")
# Nobody waits for an answer but in open conversations, and nothing resolved is asked for as unread.
KINDS = [
    Kind(state, who, where, tagged, waited, unread, heard)
    for state, who, where, tagged, waited, unread, heard in product(
        (0, 1, 2), _WHO, _WHERE, _EITHER, _EITHER, _EITHER, _HEARD
    )
    if not (waited and state > 0) and not (unread and state > 1)
]
EACH: list[tuple[Sort, Kind]] = [("newest", kind) for kind in KINDS]
EACH += [("waiting", kind) for kind in KINDS if kind.state == 0]
PAGES = {one: page_of_combination(*one) for one in EACH}
COUNTS = {one: count_of_combination(*one) for one in EACH}
# Those that look at rows besides their index may be among few rows of another one; and each, among what somebody sees.
PARTIAL = {one for one in EACH if plan_of(*one, 5).besides}
PAGES_OF_FEW = {one: page_of_few(*one) for one in EACH}
COUNTS_OF_FEW = {one: count_of_few(*one) for one in EACH}
