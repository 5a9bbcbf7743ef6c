"""A part of a conversation becomes one of its own, with the same identity; and conversations that belong together say so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from guanxi import contacts, events, promises, team
from guanxi.conversations.actions.moving import move, newest_words, take_deliveries_along, tell, write_facts
from guanxi.conversations.actions.write import add_line
from guanxi.conversations.merging import MOST_MOVED, Move, renumbered
from guanxi.conversations.model import OPEN, Conversation, Refused
from guanxi.conversations.queries import identity_of, lock, unanswered_since
from guanxi.conversations.rules import part_of
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx

MOST_LINKS = 50


async def split(
    tx: Tx,
    conversation_id: UUID,
    *,
    id: UUID,
    agent_id: UUID,
    from_seq: int | None = None,
    seqs: Sequence[int] = (),
) -> None:
    """Let these messages, or all from one on, stand in a new conversation with the same identity, which has the same agent;
    lines about what was done stay. Of both, the one with what the contact said last gets what he says next. `id` is the
    caller's own: the same one again is the same conversation. Raises NotFound and Refused: 'nothing_to_split', 'nothing_left',
    'too_long_to_move', 'taken'.
    """
    await contacts.get_identity(tx, await identity_of(tx, conversation_id), lock=True)
    old = await lock(tx, conversation_id)
    if await _is_made(tx, id, conversation_id):
        return
    said = await _said(tx, conversation_id)
    chosen = [row for row in said if (row["seq"] >= from_seq if from_seq is not None else row["seq"] in set(seqs))]
    if not chosen:
        raise Refused("nothing_to_split")
    if len(chosen) == len(said):
        raise Refused("nothing_left")
    if len(chosen) > MOST_MOVED:
        raise Refused("too_long_to_move")
    before = await tx.fetchrow(
        "select * from conversation where workspace_id = $1 and id = $2", tx.workspace_id, conversation_id
    )
    theirs = [row for row in said if row["author"] == "contact"]
    new = await _open(tx, old, id, chosen, takes_what_comes=bool(theirs) and theirs[-1] in chosen)
    moves = [Move(row["id"], conversation_id, row["seq"], id, n) for n, row in enumerate(chosen, 1)]
    await move(tx, new_id(), moves)
    await take_deliveries_along(tx, moves)
    new.last_seq = len(moves)
    await _share(tx, old, new, before, moves, [row["seq"] for row in theirs])
    await link(tx, conversation_id, id)
    by = await team.name_of(tx, agent_id)
    opened = {"channel": new.channel, "medium": new.medium, "by": "agent"}
    await add_line(tx, new, "split_off", {"by": by, "details": {"conversation": str(conversation_id)}})
    await tx.execute(
        "update conversation set last_seq = $3 where workspace_id = $1 and id = $2", tx.workspace_id, id, new.last_seq
    )
    await events.record(tx, "conversation.opened", opened, conversation=id, version=new.version, agent=agent_id)
    line = {"by": by, "details": {"conversation": str(id), "count": len(moves)}}
    await tell(tx, old, "split", line, {"to": [id], "messages": len(moves)}, agent_id)
    missed = (await promises.keep_one(tx, id)).missed
    await events.record_all(tx, missed)


async def _is_made(tx: Tx, id: UUID, conversation_id: UUID) -> bool:
    if not await tx.fetchval("select true from conversation where workspace_id = $1 and id = $2", tx.workspace_id, id):
        return False
    if conversation_id not in await linked_with(tx, id):
        raise Refused("taken")
    return True


async def _said(tx: Tx, conversation_id: UUID) -> list[Any]:
    """All that people and bots said, and notes; in the order of arrival."""
    return await tx.fetch(
        """select id, seq, author, is_note, created_at from message
           where workspace_id = $1 and conversation_id = $2 and kind <> 'event' order by seq""",
        tx.workspace_id,
        conversation_id,
    )


async def _open(tx: Tx, old: Conversation, id: UUID, chosen: Sequence[Any], *, takes_what_comes: bool) -> Conversation:
    """The new one. One open conversation has a thread, so one of both gets a key that nothing arrives by."""
    part = part_of(old.thread, id.hex)
    if takes_what_comes:
        await tx.execute(
            "update conversation set thread = $3 where workspace_id = $1 and id = $2", tx.workspace_id, old.id, part
        )
    answered = [row["created_at"] for row in chosen if row["author"] == "agent" and not row["is_note"]]
    await tx.execute(
        """insert into conversation (workspace_id, id, identity_id, inbox_id, channel, medium, thread, queue_id, state, assignee_id,
             assigned_at, last_at, opened_at, first_answered_at, queued_at, weight, needs, priority, head_start, language, heard,
             by_hand, post_id, policy_id, promises)
           select $1, $3, identity_id, inbox_id, channel, medium, $4, queue_id, 0, assignee_id, $5, $5, $6, $7, $5, weight, needs,
             priority, head_start, language, heard, array_remove(array_remove(by_hand, 'urgency'), 'mood'), post_id, policy_id,
             promises
           from conversation where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        old.id,
        id,
        old.thread if takes_what_comes else part,
        tx.now,
        chosen[0]["created_at"],
        min(answered, default=None),
    )
    new = await lock(tx, id)
    if new.assignee_id is not None and await team.take_place(tx, new.assignee_id, new.weight) is None:
        new.assignee_id = None
    return new


async def _share(
    tx: Tx, old: Conversation, new: Conversation, before: Any, moves: Sequence[Move], theirs: Sequence[int]
) -> None:
    """What is unread, waits, has been read, and was said last is reckoned for each by what stands in it now. A clock
    that runs goes on where its wait does: what was missed is not missed once more."""
    moved = {one.seq for one in moves}
    unread = theirs[len(theirs) - old.unread :] if old.unread else []
    gone = sum(seq in moved for seq in unread)
    waits = {one.id: await unanswered_since(tx, one.id) if old.waiting_since else None for one in (old, new)}
    read = renumbered(moves, old.id, before["contact_read_seq"], stays=False)
    await write_facts(
        tx,
        old.id,
        dict(before) | {"unread": old.unread - gone, "waiting_since": waits[old.id]} | await newest_words(tx, old.id),
    )
    fresh = await tx.fetchrow("select * from conversation where workspace_id = $1 and id = $2", tx.workspace_id, new.id)
    clocks = promises.together([before["promises"]], waits[new.id], fresh["first_answered_at"] is not None)
    facts = {
        "unread": gone,
        "waiting_since": waits[new.id],
        "contact_read_seq": read,
        "promises": clocks,
    } | promises.moments(clocks)
    state = {"state": OPEN, "assignee_id": new.assignee_id}
    await write_facts(tx, new.id, dict(fresh) | facts | state | await newest_words(tx, new.id))


async def link(tx: Tx, one_id: UUID, other_id: UUID) -> bool:
    """They belong together, and each names the other from now on; False when they did already. Raises Refused('same')."""
    if one_id == other_id:
        raise Refused("same")
    made = await tx.fetch(
        """insert into conversation_link (workspace_id, conversation_id, other_id, made_at)
           select $1, a, b, $4 from (values ($2::uuid, $3::uuid), ($3::uuid, $2::uuid)) s(a, b)
           on conflict do nothing returning true""",
        tx.workspace_id,
        one_id,
        other_id,
        tx.now,
    )
    return bool(made)


async def linked_with(tx: Tx, conversation_id: UUID) -> list[UUID]:
    """The conversations that this one is linked with by hand, or was split from."""
    rows = await tx.fetch(
        """select other_id from conversation_link where workspace_id = $1 and conversation_id = $2
           order by made_at, other_id""",
        tx.workspace_id,
        conversation_id,
    )
    return [row["other_id"] for row in rows]


async def link_by_hand(tx: Tx, one_id: UUID, other_id: UUID, *, agent_id: UUID, linked: bool = True) -> None:
    """An agent says that two conversations, of whomever and wherever, belong together, or (`linked` false) do not. Raises
    NotFound, and Refused: 'merged', 'same', 'too_many_links'."""
    locked = {id_: await lock(tx, id_) for id_ in sorted({one_id, other_id})}
    if linked and max([len(await linked_with(tx, id_)) for id_ in locked]) >= MOST_LINKS:
        raise Refused("too_many_links")
    changed = await link(tx, one_id, other_id) if linked else await _unlink(tx, one_id, other_id)
    if not changed:
        return
    by = await team.name_of(tx, agent_id)
    for one, other in ((locked[one_id], other_id), (locked[other_id], one_id)):
        line = {"by": by, "details": {"conversation": str(other)}}
        seq = await add_line(tx, one, "linked" if linked else "unlinked", line)
        one.version += 1
        await tx.execute(
            "update conversation set version = $3, last_seq = $4 where workspace_id = $1 and id = $2",
            tx.workspace_id,
            one.id,
            one.version,
            seq,
        )
        told = {"seq": seq, "to": str(other)} | ({} if linked else {"off": True})
        await events.record(tx, "conversation.linked", told, conversation=one.id, version=one.version, agent=agent_id)


async def _unlink(tx: Tx, one_id: UUID, other_id: UUID) -> bool:
    gone = await tx.execute(
        """delete from conversation_link where workspace_id = $1
             and ((conversation_id = $2 and other_id = $3) or (conversation_id = $3 and other_id = $2))""",
        tx.workspace_id,
        one_id,
        other_id,
    )
    return bool(gone)
