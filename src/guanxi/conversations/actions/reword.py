"""A contact changes or takes back what he said; also before it has come, for platforms promise no order.

What an inbox receives is read by one hand at a time, so a change and its message never pass each other unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from guanxi import content as contents
from guanxi.content import Content
from guanxi.conversations.actions.settle import change_message
from guanxi.conversations.model import Conversation, Edit
from guanxi.conversations.queries import lock
from guanxi.conversations.rules import preview
from guanxi.infra.sql import Tx

KEPT = timedelta(days=3)


async def unsend(tx: Tx, inbox_id: UUID, external_ids: Sequence[str]) -> None:
    """The contact has taken messages back: their content goes, their place stays."""
    rows = await tx.fetch(
        """select conversation_id, seq, external_id, state from message where workspace_id = $1 and inbox_id = $2
           and external_id = any($3::text[]) order by conversation_id, seq""",
        tx.workspace_id,
        inbox_id,
        list(external_ids),
    )
    known = {row["external_id"] for row in rows}
    for early in sorted({*external_ids} - known):
        await _keep(tx, inbox_id, early, None, tx.now)
    for row in rows:
        if row["state"] == "unsent":
            continue
        conversation = await lock(tx, row["conversation_id"])
        await tx.execute(
            "update message set earlier = null where workspace_id = $1 and conversation_id = $2 and seq = $3",
            tx.workspace_id,
            conversation.id,
            row["seq"],
        )
        await change_message(tx, conversation, row["seq"], state="unsent", content=contents.Text(""))


async def take_back(tx: Tx, conversation_id: UUID, seq: int) -> None:
    """A reply of ours was taken back at the platform: here it stays readable, as what was said. Raises NotFound."""
    conversation = await lock(tx, conversation_id)
    await change_message(tx, conversation, seq, state="unsent")


async def edit(tx: Tx, inbox_id: UUID, edits: Sequence[Edit]) -> None:
    """The contact has changed what messages say: the earlier words stay beside the new ones, and a list shows the new.

    An edit that is told again, or later than a newer one, changes nothing; nor does one of a message taken back.
    """
    for one in sorted(edits, key=lambda edit: edit.at):
        row = await tx.fetchrow(
            """select conversation_id, seq, author, state from message
               where workspace_id = $1 and inbox_id = $2 and external_id = $3""",
            tx.workspace_id,
            inbox_id,
            one.external_id,
        )
        if row is None:
            await _keep(tx, inbox_id, one.external_id, one.content, one.at)
        elif row["author"] == "contact" and row["state"] != "unsent":
            await _edit(tx, await lock(tx, row["conversation_id"]), row["seq"], one)


async def _edit(tx: Tx, conversation: Conversation, seq: int, one: Edit) -> None:
    changed = await tx.fetchval(
        """update message set kind = $4, earlier = coalesce(earlier, '[]') || jsonb_build_object('content', content,
             'until', to_char($5::timestamptz at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
           where workspace_id = $1 and conversation_id = $2 and seq = $3 and content <> $6::jsonb
             and coalesce((earlier -> -1 ->> 'until')::timestamptz < $5, true)
           returning true""",
        tx.workspace_id,
        conversation.id,
        seq,
        contents.kind_of(one.content),
        one.at,
        contents.encode(one.content).decode(),
    )
    if not changed:
        return
    if seq == conversation.last_seq:
        await tx.execute(
            "update conversation set last_text = $3, last_kind = $4 where workspace_id = $1 and id = $2",
            tx.workspace_id,
            conversation.id,
            preview(one.content),
            contents.kind_of(one.content),
        )
    await change_message(tx, conversation, seq, content=one.content)


async def _keep(tx: Tx, inbox_id: UUID, external_id: str, content: Content | None, said_at: datetime) -> None:
    """Keep a change of a message that has not come; the newest words stand, and what was taken back stays so."""
    await tx.execute(
        """insert into early_change as e (workspace_id, inbox_id, external_id, content, said_at, at)
           values ($1, $2, $3, $4::jsonb, $5, $6)
           on conflict (workspace_id, inbox_id, external_id) do update
             set content = excluded.content, said_at = excluded.said_at, at = excluded.at
             where e.content is not null and (excluded.content is null or excluded.said_at > e.said_at)""",
        tx.workspace_id,
        inbox_id,
        external_id,
        contents.encode(content).decode() if content is not None else None,
        said_at,
        tx.now,
    )


async def catch_up(tx: Tx, inbox_id: UUID, external_ids: Sequence[str]) -> None:
    """These messages have just come: what was changed of them before is done now."""
    rows = await tx.fetch(
        """delete from early_change where workspace_id = $1 and inbox_id = $2 and external_id = any($3::text[])
           returning external_id, content, said_at""",
        tx.workspace_id,
        inbox_id,
        list(external_ids),
    )
    edits = [
        Edit(
            external_id=row["external_id"],
            content=contents.decode(msgspec.json.encode(row["content"])),
            at=row["said_at"],
        )
        for row in rows
        if row["content"] is not None
    ]
    await edit(tx, inbox_id, edits)
    unsent = [row["external_id"] for row in rows if row["content"] is None]
    if unsent:
        await unsend(tx, inbox_id, unsent)


async def forget_old(tx: Tx) -> int:
    """Changes of messages that never came (older than the connection of the inbox) go; returns how many."""
    return await tx.execute(
        "delete from early_change where workspace_id = $1 and at < $2", tx.workspace_id, tx.now - KEPT
    )
