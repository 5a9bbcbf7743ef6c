"""What was said becomes findable: tokens of messages and notes, beside the messages themselves."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from guanxi import content as contents
from guanxi.infra import search
from guanxi.infra.sql import Tx


async def index_messages(tx: Tx, said: Sequence[tuple[UUID, int]]) -> None:
    """Index messages and notes by (conversation, seq), again if they have changed. Lines are not indexed."""
    if not said:
        return
    number = await tx.fetchval("select number from workspace where id = $1", tx.workspace_id)
    rows = await tx.fetch(
        """select m.conversation_id, m.seq, m.created_at, m.content, m.state
           from unnest($2::uuid[], $3::bigint[]) as s(conversation_id, seq)
           join message m on m.workspace_id = $1 and m.conversation_id = s.conversation_id and m.seq = s.seq
           where m.kind <> 'event'""",
        tx.workspace_id,
        [conversation_id for conversation_id, _ in said],
        [seq for _, seq in said],
    )
    found = [(row, _words(row["content"]) if row["state"] != "unsent" else "") for row in rows]
    await tx.execute(
        """insert into search_message (workspace_id, conversation_id, seq, at, tokens)
           select $1, s.conversation_id, s.seq, s.at, array_to_tsvector(string_to_array(s.tokens, chr(10)))
           from unnest($2::uuid[], $3::bigint[], $4::timestamptz[], $5::text[]) as s(conversation_id, seq, at, tokens)
           on conflict (workspace_id, conversation_id, seq) do update set tokens = excluded.tokens""",
        tx.workspace_id,
        [row["conversation_id"] for row, _ in found],
        [row["seq"] for row, _ in found],
        [row["created_at"] for row, _ in found],
        ["\n".join(search.numbered(number, words)) for _, words in found],
    )


def _words(stored: object) -> str:
    content = contents.decode(msgspec.json.encode(stored))
    media = contents.media_of(content)
    return contents.as_text(content) + (f" {media.name}" if media is not None else "")
