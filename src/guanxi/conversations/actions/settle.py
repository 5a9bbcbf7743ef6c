"""Deliveries settle: a reply is being sent, was sent, failed, or nobody knows; receipts follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from guanxi import content as contents
from guanxi import events
from guanxi.channel_kit import PUBLIC
from guanxi.content import Content
from guanxi.conversations.actions import early_receipts
from guanxi.conversations.actions.write import deliver_job
from guanxi.conversations.model import Conversation, NotFound, Refused
from guanxi.conversations.queries import find_reply, lock
from guanxi.conversations.rules import moves_forward
from guanxi.infra.jobs import enqueue
from guanxi.infra.media import Stored
from guanxi.infra.sql import Tx


async def change_message(
    tx: Tx,
    conversation: Conversation,
    seq: int,
    *,
    state: str | None = None,
    reason: str = "",
    detail: str = "",
    external_id: str | None = None,
    quote_token: str = "",
    content: Content | None = None,
) -> None:
    """Change a message of a locked conversation, raise the version, and say so.

    With an `external_id` it also hears the receipt that has come for it already. An id that the platform has given
    to another message too names only the first.
    """
    if external_id is not None and state is not None:
        early = await early_receipts.take(tx, conversation.inbox_id, external_id)
        if early is not None and moves_forward(state, early[0]):
            state, reason = early
    await tx.execute(
        """update message set state = coalesce($4, state), reason = $5, reason_detail = $6,
             external_id = coalesce(external_id, case when not exists (select from message o
               where o.workspace_id = $1 and o.inbox_id = $9 and o.external_id = $7) then $7 end),
             content = coalesce($8::jsonb, content), quote_token = coalesce(nullif($10, ''), quote_token)
           where workspace_id = $1 and conversation_id = $2 and seq = $3""",
        tx.workspace_id,
        conversation.id,
        seq,
        state,
        reason,
        detail[:500],
        external_id,
        contents.encode(content).decode() if content is not None else None,
        conversation.inbox_id,
        quote_token,
    )
    await touch(tx, conversation, {"seq": seq, "state": state} if state else {"seq": seq})


async def touch(tx: Tx, conversation: Conversation, payload: dict[str, Any]) -> None:
    """One more version of a locked conversation: something about its messages has changed."""
    conversation.version += 1
    await tx.execute(
        "update conversation set version = $3, contact_read_seq = $4 where workspace_id = $1 and id = $2",
        tx.workspace_id,
        conversation.id,
        conversation.version,
        conversation.contact_read_seq,
    )
    await events.record(tx, "message.changed", payload, conversation=conversation.id, version=conversation.version)


async def retry(tx: Tx, conversation_id: UUID, seq: int, *, agent_id: UUID) -> None:
    """Send a failed reply again, behind what waits already. Raises Refused('not_failed')."""
    conversation = await lock(tx, conversation_id)
    row = await _get(tx, conversation_id, seq)
    if row["state"] != "failed":
        raise Refused("not_failed")
    await change_message(tx, conversation, seq, state="waiting")
    await enqueue(tx, [deliver_job(conversation, seq)])


async def settle_unknown(tx: Tx, conversation_id: UUID, seq: int, *, sent: bool, agent_id: UUID) -> None:
    """A person decides about a delivery that nobody can know: it arrived, or send it again."""
    conversation = await lock(tx, conversation_id)
    row = await _get(tx, conversation_id, seq)
    if row["state"] != "unknown":
        raise Refused("not_unknown")
    if sent:
        await change_message(tx, conversation, seq, state="sent")
    else:
        await change_message(tx, conversation, seq, state="waiting")
        await enqueue(tx, [deliver_job(conversation, seq)])


async def _get(tx: Tx, conversation_id: UUID, seq: int) -> Any:
    row = await find_reply(tx, conversation_id, seq)
    if row is None:
        raise NotFound(seq)
    return row


async def receive_receipts(tx: Tx, inbox_id: UUID, receipts: Sequence[tuple[str, str, str]]) -> None:
    """Fold receipts (external id, status, reason) into the messages they name; the best status of each wins.

    One that names no message yet waits for the send to settle.
    """
    best: dict[str, tuple[str, str]] = {}
    for external_id, status, reason in receipts:
        if external_id not in best or moves_forward(best[external_id][0], status):
            best[external_id] = (status, reason)
    early = best.keys() - await _fold(tx, inbox_id, best)
    if early:
        await early_receipts.keep(tx, inbox_id, {external_id: best[external_id] for external_id in sorted(early)})
        # a send that settled meanwhile has not seen what we kept, but we see it
        late = await _fold(tx, inbox_id, {external_id: best[external_id] for external_id in early})
        for external_id in sorted(late):
            await early_receipts.take(tx, inbox_id, external_id)


async def _fold(tx: Tx, inbox_id: UUID, best: Mapping[str, tuple[str, str]]) -> set[str]:
    """Returns the external ids that are messages."""
    rows = await tx.fetch(
        """select conversation_id, seq, author, external_id from message where workspace_id = $1 and inbox_id = $2
           and external_id = any($3::text[]) order by conversation_id, seq""",
        tx.workspace_id,
        inbox_id,
        list(best),
    )
    for row in rows:
        if row["author"] == "contact":
            continue
        status, reason = best[row["external_id"]]
        conversation = await lock(tx, row["conversation_id"])
        current = await find_reply(tx, conversation.id, row["seq"])
        if moves_forward(current["state"], status):
            await change_message(tx, conversation, row["seq"], state=status, reason=reason)
    return {row["external_id"] for row in rows}


async def contact_has_read(tx: Tx, inbox_id: UUID, external_id: str, at: datetime, status: str) -> None:
    """The contact has read (or been shown) everything we sent him alone until `at`: one update for all of it."""
    rows = await tx.fetch(
        """select c.id from identity i join conversation c on c.workspace_id = i.workspace_id and c.identity_id = i.id
           where i.workspace_id = $1 and i.inbox_id = $2 and i.external_id = $3 and c.medium <> all($4::text[])
             and c.state < 3
           order by c.last_at desc, c.id desc limit 1""",
        tx.workspace_id,
        inbox_id,
        external_id,
        PUBLIC,
    )
    for row in rows:
        conversation = await lock(tx, row["id"])
        changed = await tx.fetch(
            """update message set state = $3 where workspace_id = $1 and conversation_id = $2
                 and author in ('agent', 'bot') and not is_note and created_at <= $4
                 and state = any($5::text[]) and seq > $6
               returning seq""",
            tx.workspace_id,
            conversation.id,
            status,
            at,
            ["sent", "delivered"] if status == "read" else ["sent"],
            conversation.last_seq - 500,
        )
        if changed:
            if status == "read":
                conversation.contact_read_seq = max([conversation.contact_read_seq, *(r["seq"] for r in changed)])
            await touch(tx, conversation, {"seqs": [r["seq"] for r in changed], "state": status})


async def keep_media(tx: Tx, stored: Stored) -> None:
    """Note a kept file in the workspace, so that it can be found, counted and removed with it."""
    await tx.execute(
        """insert into media (workspace_id, key, type, name, size, width, height, created_at, duration)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        tx.workspace_id,
        stored.key,
        stored.type,
        stored.name,
        stored.size,
        stored.width,
        stored.height,
        tx.now,
        stored.duration,
    )
