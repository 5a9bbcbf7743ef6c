"""Where conversations have gone on, and where messages stand that were moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from guanxi.conversations.model import Conversation, Refused
from guanxi.conversations.queries import lock, read_conversation
from guanxi.infra.sql import Tx


async def lock_survivor(tx: Tx, conversation_id: UUID) -> Conversation:
    """The same as `lock`; of one that was merged, the one that it goes on in."""
    try:
        return await lock(tx, conversation_id)
    except Refused as merged:
        return await lock(tx, UUID(merged.details["conversation_id"]))


async def place_of(tx: Tx, conversation_id: UUID, seq: int) -> tuple[UUID, int] | None:
    """Where the message that had this number stands now, if it was ever moved; None: where it stood."""
    row = await tx.fetchrow(
        """select m.conversation_id, m.seq from moved_message v
           join message m on m.workspace_id = $1 and m.id = v.message_id
           where v.workspace_id = $1 and v.conversation_id = $2 and v.seq = $3""",
        tx.workspace_id,
        conversation_id,
        seq,
    )
    return (row["conversation_id"], row["seq"]) if row is not None else None


async def lock_survivors(
    tx: Tx, keys: Sequence[tuple[UUID, str]], since: datetime
) -> dict[tuple[UUID, str], Conversation]:
    """Where conversations of these identities and threads have gone on, if it is not resolved, or was after `since`; locked."""
    rows = await tx.fetch(
        """with recursive up as (
             select s.identity_id as whose, s.thread as on_thread, c.id, c.merged_into
             from unnest($2::uuid[], $3::text[]) as s(identity_id, thread)
               join conversation c on c.workspace_id = $1 and c.identity_id = s.identity_id and c.thread = s.thread and c.state = 3
             union
             select up.whose, up.on_thread, c.id, c.merged_into
             from up join conversation c on c.workspace_id = $1 and c.id = up.merged_into)
           select up.whose, up.on_thread, c.id, c.identity_id, c.inbox_id, c.channel, c.medium, c.thread, c.state, c.queue_id,
             c.assignee_id, c.version, c.last_seq, c.last_at, c.unread, c.waiting_since, c.contact_read_seq, c.weight, c.needs,
             c.sleeps_through, c.language, c.heard, c.by_hand
           from up join conversation c on c.workspace_id = $1 and c.id = up.id and up.merged_into is null
           where c.state < 2 or (c.state = 2 and c.resolved_at > $4)
           order by c.id for update of c""",
        tx.workspace_id,
        [identity_id for identity_id, _ in keys],
        [thread for _, thread in keys],
        since,
    )
    ordered = sorted(rows, key=lambda row: (-row["state"], row["last_at"]))
    read = {row["id"]: read_conversation(row) for row in ordered}  # one for each row: it is changed in place
    return {(row["whose"], row["on_thread"]): read[row["id"]] for row in ordered}
