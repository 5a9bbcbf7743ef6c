"""A conversation goes on with the same customer on another channel: by a code, with all that it had; and that is undone."""

from __future__ import annotations

import contextlib
import hashlib
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from guanxi import events, promises, team
from guanxi.channel_kit import new_code
from guanxi.conversations.actions.state import reopen
from guanxi.conversations.actions.write import add_line
from guanxi.conversations.model import RESOLVED, SNOOZED, Conversation, NotFound, Refused
from guanxi.conversations.queries import lock
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx

LASTS = timedelta(minutes=30)
MOST_STANDING = 5  # codes of one conversation that nobody has used
MOST_MISSES = 30  # in an hour at one inbox


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A code that somebody came with: which it is, and the conversation that he goes on with."""

    id: UUID
    conversation_id: UUID


async def give_code(tx: Tx, conversation_id: UUID, *, by: UUID | None) -> tuple[str, datetime]:
    """A code by which the customer of this conversation goes on with it elsewhere, and until when. Its oldest unused one ends
    when there are too many. Raises NotFound, Refused('resolved'), Refused('is_public'): whoever reads along could take it."""
    conversation = await lock(tx, conversation_id)
    if conversation.state == RESOLVED:
        raise Refused("resolved")
    if conversation.is_public:
        raise Refused("is_public")
    await tx.execute(
        """update crossing set expires_at = $3 where workspace_id = $1 and id in (
             select id from crossing where workspace_id = $1 and conversation_id = $2 and used_at is null and expires_at > $3
             order by given_at desc offset $4)""",
        tx.workspace_id,
        conversation_id,
        tx.now,
        MOST_STANDING - 1,
    )
    code, until = new_code(), tx.now + LASTS
    await tx.execute(
        """insert into crossing (workspace_id, id, code_hash, conversation_id, given_by, given_at, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7)""",
        tx.workspace_id,
        new_id(),
        _hash(code),
        conversation_id,
        by,
        tx.now,
        until,
    )
    return code, until


async def find_code(tx: Tx, inbox_id: UUID, code: str) -> Given | None:
    """Whose code this is, while it stands; its row stays locked. Codes that are none are counted, and after too many of
    them in an hour this inbox looks for none."""
    if await tx.fetchval(
        "select count >= $4 and hour > $3 from crossing_miss where workspace_id = $1 and inbox_id = $2",
        tx.workspace_id,
        inbox_id,
        tx.now - timedelta(hours=1),
        MOST_MISSES,
    ):
        return None
    row = await tx.fetchrow(
        """select id, conversation_id from crossing
           where workspace_id = $1 and code_hash = $2 and used_at is null and expires_at > $3 for update""",
        tx.workspace_id,
        _hash(code),
        tx.now,
    )
    if row is not None:
        return Given(id=row["id"], conversation_id=row["conversation_id"])
    await tx.execute(
        """insert into crossing_miss as m (workspace_id, inbox_id, hour, count) values ($1, $2, $3, 1)
           on conflict (workspace_id, inbox_id) do update set
             hour = case when m.hour > $4 then m.hour else excluded.hour end,
             count = case when m.hour > $4 then m.count + 1 else 1 end""",
        tx.workspace_id,
        inbox_id,
        tx.now,
        tx.now - timedelta(hours=1),
    )
    return None


async def has_spoken(tx: Tx, identity_id: UUID) -> bool:
    """Is there any conversation with this identity?"""
    return bool(
        await tx.fetchval(
            "select exists (select from conversation where workspace_id = $1 and identity_id = $2)",
            tx.workspace_id,
            identity_id,
        )
    )


async def lock_for_crossing(tx: Tx, conversation_ids: list[UUID], identity_ids: list[UUID]) -> None:
    """Lock the conversations that are left and those that are joined, in the order of their ids."""
    await tx.execute(
        """select from conversation where workspace_id = $1 and (id = any($2::uuid[])
             or (identity_id = any($3::uuid[]) and state < 2)) order by id for update""",
        tx.workspace_id,
        conversation_ids,
        identity_ids,
    )


async def take_over_place(tx: Tx, given: Given, new: Conversation, *, together: bool) -> Conversation | None:
    """The new conversation, just opened and not yet written, gets all that the old one had: queue, place, who has it, its
    clocks, tags, and what is known of it. Both are locked. Returns the old one where it was still going on."""
    old = await lock(tx, given.conversation_id)
    await tx.execute(
        """update crossing set used_at = $3, identity_id = $4, successor_id = $5, brought_together = $6
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        given.id,
        tx.now,
        new.identity_id,
        new.id,
        together,
    )
    await tx.execute(  # whoever else has one of its codes comes too late
        """update crossing set expires_at = $3 where workspace_id = $1 and conversation_id = $2 and used_at is null
             and expires_at > $3""",
        tx.workspace_id,
        old.id,
        tx.now,
    )
    carries = old.state != RESOLVED and new.is_new
    await tx.execute(
        """update conversation n set came_from = o.id, opened_at = case when $4 then o.opened_at else n.opened_at end,
             transfers = case when $4 then o.transfers + 1 else n.transfers end
           from conversation o where n.workspace_id = $1 and n.id = $2 and o.workspace_id = $1 and o.id = $3""",
        tx.workspace_id,
        new.id,
        old.id,
        carries,
    )
    if not carries:
        return None
    await tx.execute(
        """update conversation n set queue_id = o.queue_id, assignee_id = o.assignee_id, assigned_at = o.assigned_at,
             offered_until = o.offered_until, taken_from = o.taken_from, waiting_since = o.waiting_since, queued_at = o.queued_at,
             first_answered_at = o.first_answered_at, priority = o.priority, head_start = o.head_start, needs = o.needs,
             weight = o.weight, tags = o.tags, attributes = o.attributes, language = o.language, heard = o.heard,
             by_hand = o.by_hand, urgency = o.urgency, mood = o.mood, reasons = o.reasons, policy_id = o.policy_id,
             promises = o.promises, due_at = o.due_at, promise_at = o.promise_at, promise_state = o.promise_state
           from conversation o where n.workspace_id = $1 and n.id = $2 and o.workspace_id = $1 and o.id = $3""",
        tx.workspace_id,
        new.id,
        old.id,
    )
    await tx.execute(
        "update customer_wait set conversation_id = $3 where workspace_id = $1 and conversation_id = $2",
        tx.workspace_id,
        old.id,
        new.id,
    )
    if old.state == SNOOZED and old.assignee_id is not None:  # put aside it filled no place of hers
        await team.shift_load(tx, {old.assignee_id: old.weight})
    new.queue_id, new.assignee_id, new.waiting_since = old.queue_id, old.assignee_id, old.waiting_since
    new.needs, new.weight, new.goes_on = old.needs, old.weight, True
    new.language, new.heard, new.language_by_hand = old.language, old.heard, old.language_by_hand
    return old


async def go_on(tx: Tx, old: Conversation, new: Conversation, *, name: str) -> None:
    """Say in both that it is one story, and end the old one: nothing was settled in it, so nobody is asked about it."""
    old = await lock(tx, old.id)
    seq = await add_line(tx, old, "went_on", {"to": await _inbox(tx, new.inbox_id), "details": _about(new.id, name)})
    old.version += 1
    await tx.execute(
        """update conversation set state = $3, version = $4, last_seq = $5, waiting_since = null, resolved_at = $6, unread = 0,
             offered_until = null, snoozed_until = null, promises = '[]', due_at = null, promise_at = null, promise_state = 0
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        old.id,
        RESOLVED,
        old.version,
        seq,
        tx.now,
    )
    gone = {"seq": seq, "to": str(new.id)}
    await events.record(tx, "conversation.moved", gone, conversation=old.id, version=old.version)
    new = await lock(tx, new.id)
    line = {"to": await _inbox(tx, old.inbox_id), "details": _about(old.id, name)}
    seq = await add_line(tx, new, "came_over", line)
    new.version += 1
    transfers = await tx.fetchval(
        "update conversation set version = $3, last_seq = $4 where workspace_id = $1 and id = $2 returning transfers",
        tx.workspace_id,
        new.id,
        new.version,
        seq,
    )
    told = {"seq": seq, "to": str(old.id), "transfers": transfers}
    await events.record(tx, "conversation.linked", told, conversation=new.id, version=new.version)


async def part(tx: Tx, conversation_id: UUID, *, by: UUID) -> tuple[UUID, bool]:
    """Somebody else came with the code: this conversation is his own, and the old one is open again, with its agent. Returns
    (his identity, whether his contact was made one with the other). Raises NotFound where nobody came by a code."""
    row = await tx.fetchrow(
        """select x.id, x.conversation_id, x.identity_id, x.brought_together from crossing x
           where x.workspace_id = $1 and x.successor_id = $2 and x.undone_at is null
           order by x.used_at desc limit 1 for update""",
        tx.workspace_id,
        conversation_id,
    )
    if row is None:
        raise NotFound(conversation_id)
    await lock_for_crossing(tx, [conversation_id, row["conversation_id"]], [])
    new = await lock(tx, conversation_id)
    name = await team.name_of(tx, by)
    seq = await add_line(tx, new, "parted", {"by": name})
    new.version += 1
    await tx.execute(
        """update conversation set version = $3, last_seq = $4, came_from = null, tags = '{}', attributes = '{}'
           where workspace_id = $1 and id = $2""",
        tx.workspace_id,
        new.id,
        new.version,
        seq,
    )
    await tx.execute(
        "update crossing set undone_at = $3 where workspace_id = $1 and id = $2", tx.workspace_id, row["id"], tx.now
    )
    await events.record(
        tx, "conversation.linked", {"seq": seq, "to": None}, conversation=new.id, version=new.version, agent=by
    )
    with contextlib.suppress(Refused):  # he has written there again, and that is open
        await reopen(tx, row["conversation_id"], agent_id=by, as_before=True)
    await promises.keep_one(tx, row["conversation_id"])
    return row["identity_id"], row["brought_together"]


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


def _about(conversation_id: UUID, name: str) -> dict[str, str]:
    return {"conversation": str(conversation_id)} | ({"text": name} if name else {})


async def _inbox(tx: Tx, inbox_id: UUID) -> str:
    return str(
        await tx.fetchval("select name from inbox where workspace_id = $1 and id = $2", tx.workspace_id, inbox_id)
    )
