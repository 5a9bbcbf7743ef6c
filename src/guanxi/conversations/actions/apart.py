"""What was merged is taken apart again: each message stands where it stood."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from guanxi import contacts, promises, team
from guanxi.conversations.actions.index import index_names
from guanxi.conversations.actions.moving import move, newest_words, take_deliveries_along, tell, waking, write_facts
from guanxi.conversations.merging import Move, loads, shifts, untouched
from guanxi.conversations.model import RESOLVED, SNOOZED, Conversation, Refused
from guanxi.conversations.queries import changed_since, identity_of, lock, unanswered_since
from guanxi.infra.ids import new_id
from guanxi.infra.jobs import enqueue
from guanxi.infra.sql import Tx


async def take_apart(tx: Tx, survivor_id: UUID, *, agent_id: UUID) -> list[UUID]:
    """Undo the newest merge of this conversation: each message stands where it stood, and each conversation as before it;
    what was said and done since stays in the survivor. Returns those that came out of it. Raises NotFound and Refused:
    'not_merged', 'merged', 'split_since' when a part of it has gone elsewhere, 'another_open' when one was open that may
    not be any more beside another one on the same thread."""
    await contacts.get_identity(tx, await identity_of(tx, survivor_id), lock=True)
    survivor = await lock(tx, survivor_id)
    done = await tx.fetchrow(
        """select id, others, version, before from merge where workspace_id = $1 and survivor_id = $2 and undone_at is null
           order by at desc, id desc limit 1""",
        tx.workspace_id,
        survivor_id,
    )
    if done is None:
        raise Refused("not_merged")
    others: list[UUID] = done["others"]
    moves = await _way_back(tx, done["id"], survivor_id)
    before = {UUID(row["id"]): row for row in done["before"]["rows"]}
    is_touched = await changed_since(tx, survivor_id, done["version"])
    now = await _rows(tx, [survivor_id, *others])
    its = now[survivor_id] if is_touched else _as_it_was(before[survivor_id], now[survivor_id])
    serving = await team.serving(tx, [row["assignee_id"] for row in now.values() if row["assignee_id"]])
    back = [_back(now[id_], before[id_], now[survivor_id], serving) for id_ in others]
    await _refuse_two_open(tx, [its, *back])
    await move(tx, new_id(), moves)
    await take_deliveries_along(tx, moves)
    if is_touched:
        its |= untouched(before[survivor_id], [before[id_] for id_ in others], now[survivor_id])
        its |= await _what_is_left(tx, survivor, sum(row["unread"] for row in back))
    await _stand_apart(tx, survivor, its, back, shifts(loads([now[survivor_id]]), loads([its, *back])))
    await _give_back(tx, done["before"], survivor_id, others)
    await index_names(tx, others)
    await tx.execute(
        "update merge set undone_at = $3 where workspace_id = $1 and id = $2", tx.workspace_id, done["id"], tx.now
    )
    line = {"by": await team.name_of(tx, agent_id), "details": {"count": len(others)}}
    await tell(tx, survivor, "taken_apart", line, {"merge": str(done["id"]), "to": others}, agent_id)
    await promises.keep(tx, others)
    return others


async def _way_back(tx: Tx, merge_id: UUID, survivor_id: UUID) -> list[Move]:
    rows = await tx.fetch(
        """select m.id, m.conversation_id, m.seq, v.conversation_id as to_id, v.seq as to_seq
           from moved_message v join message m on m.workspace_id = $1 and m.id = v.message_id
           where v.workspace_id = $1 and v.move_id = $2 order by v.conversation_id, v.seq""",
        tx.workspace_id,
        merge_id,
    )
    if any(row["conversation_id"] != survivor_id for row in rows):
        raise Refused("split_since")
    return [Move(*row) for row in rows]


async def _rows(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    rows = await tx.fetch(
        "select * from conversation where workspace_id = $1 and id = any($2::uuid[]) order by id for update",
        tx.workspace_id,
        list(ids),
    )
    return {row["id"]: dict(row) for row in rows}


def _as_it_was(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The survivor when nothing has happened in it since: as before the merge; who has read it meanwhile has read it."""
    return _typed(was) | {"unread": min(was["unread"], now["unread"])}


def _typed(was: Mapping[str, Any]) -> dict[str, Any]:
    """A row as it was kept, with what is reckoned with as ids again."""
    ids = {name: UUID(was[name]) if was[name] else None for name in ("id", "identity_id", "assignee_id")}
    return dict(was) | ids


def _back(
    now: Mapping[str, Any], was: Mapping[str, Any], survivor: Mapping[str, Any], serving: Collection[UUID]
) -> dict[str, Any]:
    """One that was merged, as it was before; what was read or answered in the survivor since has been."""
    waits = was["waiting_since"] and survivor["waiting_since"] is not None
    return _typed(was) | {
        "unread": min(was["unread"], survivor["unread"]),
        "waiting_since": was["waiting_since"] if waits else None,
        "assignee_id": now["assignee_id"] if now["assignee_id"] in serving else None,
    }


async def _refuse_two_open(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """On one thread of an identity one conversation is open, or put aside, at a time."""
    current = [(row["identity_id"], row["thread"]) for row in rows if row["state"] < RESOLVED]
    elsewhere = await tx.fetch(
        """select thread from conversation where workspace_id = $1 and identity_id = $2 and state < 2
             and id <> all($3::uuid[])""",
        tx.workspace_id,
        rows[0]["identity_id"],
        [row["id"] for row in rows],
    )
    taken = {row["thread"] for row in elsewhere}
    if len(set(current)) < len(current) or any(thread in taken for _, thread in current):
        raise Refused("another_open")


async def _what_is_left(tx: Tx, survivor: Conversation, gone: int) -> dict[str, Any]:
    """What is true of a survivor in which something has happened since."""
    waiting = survivor.waiting_since and await unanswered_since(tx, survivor.id)
    unread = max(0, survivor.unread - gone)
    return {"unread": unread, "waiting_since": waiting} | await newest_words(tx, survivor.id)


async def _stand_apart(
    tx: Tx,
    survivor: Conversation,
    its: Mapping[str, Any],
    back: Sequence[Mapping[str, Any]],
    load: Mapping[UUID, int],
) -> None:
    """Write them all: the survivor first, for it may give an open thread back."""
    await write_facts(tx, survivor.id, its)
    for row in back:
        await tx.execute(
            """update conversation set state = $3::smallint, merged_into = null, version = version + 1, unread = $4,
                 waiting_since = $5, assignee_id = $6, due_at = $7, promise_at = $8, promise_state = $9::smallint
               where workspace_id = $1 and id = $2""",
            tx.workspace_id,
            row["id"],
            row["state"],
            row["unread"],
            _time(row["waiting_since"]),
            row["assignee_id"],
            _time(row["due_at"]),
            _time(row["promise_at"]),
            row["promise_state"],
        )
        if row["state"] == SNOOZED and row["snoozed_until"]:
            await enqueue(tx, [waking(row["id"], msgspec.convert(row["snoozed_until"], datetime))])
    await team.shift_load(tx, load)


def _time(kept: Any) -> datetime | None:
    return msgspec.convert(kept, datetime | None)


async def _give_back(tx: Tx, before: Mapping[str, Any], survivor_id: UUID, others: Sequence[UUID]) -> None:
    """What hung on them: ratings, what is planned, what they are linked with, what was followed up in them."""
    for rating in before["ratings"]:
        await tx.execute(
            "update rating set conversation_id = $3 where workspace_id = $1 and id = $2 and conversation_id = $4",
            tx.workspace_id,
            UUID(rating["id"]),
            UUID(rating["conversation_id"]),
            survivor_id,
        )
    for planned in before["planned"]:
        await tx.execute(
            """update planned set conversation_id = $3, seen_seq = $4
               where workspace_id = $1 and id = $2 and conversation_id = $5""",
            tx.workspace_id,
            UUID(planned["id"]),
            UUID(planned["conversation_id"]),
            planned["seen_seq"],
            survivor_id,
        )
    for public in before["followed"]:
        await tx.execute(
            "update conversation set private_id = $3 where workspace_id = $1 and id = $2 and private_id = $4",
            tx.workspace_id,
            UUID(public["id"]),
            UUID(public["private_id"]),
            survivor_id,
        )
    for wait in before["waits"][:1]:
        await tx.execute(
            """update customer_wait set conversation_id = $3
               where workspace_id = $1 and conversation_id = $2 and since = $4""",
            tx.workspace_id,
            survivor_id,
            UUID(wait["conversation_id"]),
            _time(wait["since"]),
        )
    theirs = [one for one in before["links"] if {UUID(one["conversation_id"]), UUID(one["other_id"])} & {*others}]
    for link in theirs:
        await tx.execute(
            """insert into conversation_link (workspace_id, conversation_id, other_id, made_at) values ($1, $2, $3, $4)
               on conflict do nothing""",
            tx.workspace_id,
            UUID(link["conversation_id"]),
            UUID(link["other_id"]),
            _time(link["made_at"]),
        )
