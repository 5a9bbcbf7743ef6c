"""What of the conversations an agent sees who does not see all. The condition stands here and nowhere else, three times: as
SQL for one conversation, as the branches that a list walks, and as a test of a row that is known already.

Such an agent sees what is his (assigned, or offered), what a note invited him to by mentioning him, and what waits in
the queues that he serves, so that he can take it; by his teams, also what their members have and their queues hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import product
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from guanxi.infra.sql import Tx
from guanxi.views.page import Order

MOST = 1000  # conversations that a page or a count looks at
MOST_MENTIONED = 500  # the last conversations that he was invited to are listed; by its address each opens


class Standing(NamedTuple):
    """What of a conversation decides who sees it. `state`: 0 open, 1 snoozed, 2 resolved."""

    state: int
    assignee_id: UUID | None
    queue_id: UUID
    mentioned: Sequence[UUID]


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """Whose conversations `me` sees: those of these agents, all of these queues, and what waits in the queues that he
    serves."""

    me: UUID
    agents: list[UUID]
    queues: list[UUID]
    serves: list[UUID]

    def sees(self, one: Standing) -> bool:
        """The condition, of a row that is known already."""
        if one.assignee_id in self.agents or one.queue_id in self.queues or self.me in one.mentioned:
            return True
        return one.assignee_id is None and one.state < 2 and one.queue_id in self.serves

    @property
    def arguments(self) -> tuple[UUID, list[UUID], list[UUID], list[UUID]]:
        """What the statements below take: for `sees`, from the number that is given to it on."""
        return self.me, self.agents, self.queues, self.serves


def sees(number: int) -> str:
    """The condition in SQL, of `c`: $number and the three after it are a sight's arguments."""
    me, agents, queues, serves = (f"${n}" for n in range(number, number + 4))
    return f"""(c.assignee_id = any({agents}::uuid[]) or c.queue_id = any({queues}::uuid[]) or {me}::uuid = any(c.mentioned)
      or (c.assignee_id is null and c.state < 2 and c.queue_id = any({serves}::uuid[])))"""


SIGHT = """select coalesce(r.sees, 'all') as sees,
    array(select m.agent_id from team_agent t join team_agent m on m.workspace_id = $1 and m.team_id = t.team_id
      where t.workspace_id = $1 and t.agent_id = $2) as colleagues,
    array(select q.queue_id from team_agent t join queue_team q on q.workspace_id = $1 and q.team_id = t.team_id
      where t.workspace_id = $1 and t.agent_id = $2) as queues,
    array(select q.id from queue q where q.workspace_id = $1 and q.removed_at is null and (q.everybody or exists (
      select from queue_agent s where s.workspace_id = $1 and s.queue_id = q.id and s.agent_id = $2))) as serves
  from agent a left join role r on r.workspace_id = $1 and r.id = a.role_id where a.workspace_id = $1 and a.id = $2"""
SEEN = f"select c.id from conversation c where c.workspace_id = $1 and c.id = any($2::uuid[]) and {sees(3)}"


async def sight_of(tx: Tx, agent_id: UUID) -> Sight | None:
    """What this agent sees as things stand now; None: everything."""
    row = await tx.fetchrow(SIGHT, tx.workspace_id, agent_id)
    if row is None or row["sees"] == "all":
        return None
    by_team = row["sees"] == "team"
    return Sight(
        me=agent_id,
        agents=sorted({agent_id, *(row["colleagues"] if by_team else ())}),
        queues=sorted(set(row["queues"])) if by_team else [],
        serves=row["serves"],
    )


async def seen(tx: Tx, sight: Sight | None, ids: Sequence[UUID]) -> set[UUID]:
    """Those among these conversations that he sees. Who sees everything sees them all, whether there are such or not."""
    if sight is None or not ids:
        return set(ids)
    return {row["id"] for row in await tx.fetch(SEEN, tx.workspace_id, list(ids), *sight.arguments)}


TEAM = """select
    array(select distinct m.agent_id from team_agent m where m.workspace_id = $1 and m.team_id = any($2::uuid[])) as agents,
    array(select distinct q.queue_id from queue_team q where q.workspace_id = $1 and q.team_id = any($2::uuid[])) as queues"""
MY_TEAMS = "select team_id from team_agent where workspace_id = $1 and agent_id = $2"


async def team_sight(tx: Tx, team: str, me: UUID) -> Sight:
    """What is a team's: what its members have and what its queues hold; "mine": that of all teams that `me` is of."""
    ids = [UUID(team)] if team != "mine" else [row["team_id"] for row in await tx.fetch(MY_TEAMS, tx.workspace_id, me)]
    row = await tx.fetchrow(TEAM, tx.workspace_id, ids)
    return Sight(me=UUID(int=0), agents=row["agents"], queues=row["queues"], serves=[])


def _walk(order: Order, state: int) -> str:
    """The first conversations behind a place, $2 and $3, at most $4: each branch along an index of its own."""
    at = {"newest": "last_at", "waiting": "waiting_since", "due": "due_at", "late": "due_at"}[order]
    direction, compare = (" desc", "<") if order == "newest" else ("", ">")
    fits = f"c.workspace_id = $1 and c.state = {state} and (c.{at}, c.id) {compare} ($2, $3)"
    if order == "late":
        fits = f"c.workspace_id = $1 and c.promise_state > 0 and c.state < 2 and (c.{at}, c.id) {compare} ($2, $3)"
    if order != "newest":
        fits += f" and c.{at} is not null"
    inside = f"order by c.{at}{direction}, c.id{direction} limit $4"

    def branch(source: str, condition: str) -> str:
        return f"""select x.id, x.at from {source} k(one) cross join lateral (
        select c.id, c.{at} as at from conversation c where {fits} and {condition} {inside}) x"""

    branches = [
        branch("unnest($6::uuid[])", "c.assignee_id = k.one"),
        branch("unnest($7::uuid[])", "c.queue_id = k.one"),
        *([branch("unnest($8::uuid[])", "c.queue_id = k.one and c.assignee_id is null")] if state < 2 else []),
        f"""select x.id, x.at from (select conversation_id from mentioned where workspace_id = $1 and agent_id = $5
          order by at desc limit {MOST_MENTIONED}) k
        cross join lateral (select c.id, c.{at} as at from (select * from conversation
          where workspace_id = $1 and id = k.conversation_id offset 0) c where {fits}) x""",
    ]
    return f"""select s.id, s.at from ({" union ".join(branches)}) s
    where $8::uuid[] is not null order by s.at{direction}, s.id{direction} limit $4"""


_ORDERS: tuple[Order, ...] = ("newest", "waiting", "due", "late")
WALKS: dict[tuple[Order, int], str] = {
    (order, state): _walk(order, state)
    for order, state in product(_ORDERS, (0, 1, 2))
    if order == "newest" or not state
}


class Walked(NamedTuple):
    """The first ones that he sees behind a place, in order; `end` is where looking stopped, if it did."""

    ids: list[UUID]
    end: tuple[datetime, UUID] | None


async def walk(tx: Tx, sight: Sight, order: Order, state: int, place: tuple[datetime, UUID]) -> Walked:
    """The first conversations of this state behind `place` that he sees, MOST at most. `late` has no state: it is what is
    not resolved and nearly late, or late."""
    kind = (order, 0 if order == "late" else state)
    rows = await tx.fetch(WALKS[kind], tx.workspace_id, *place, MOST, *sight.arguments)
    end: Any = (rows[-1]["at"], rows[-1]["id"]) if len(rows) == MOST else None
    return Walked([row["id"] for row in rows], end)


async def walk_in(
    tx: Tx, sight: Sight | None, team: Sight, order: Order, state: int, place: tuple[datetime, UUID]
) -> Walked:
    """The same of a team's conversations, as far as who asks sees them."""
    walked = await walk(tx, team, order, state, place)
    shown = await seen(tx, sight, walked.ids)
    return Walked([id_ for id_ in walked.ids if id_ in shown], walked.end)
