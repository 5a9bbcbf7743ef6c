"""What was said becomes findable, and with whom: tokens of messages, notes and names, beside the conversations themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from guanxi import contacts
from guanxi import content as contents
from guanxi.infra import search, search_slices
from guanxi.infra.sql import Tx

Entry = tuple[UUID, int, datetime, str]  # conversation, seq, at, words

# What says the same as before is left alone: a receipt changes a message, and not its words.
WRITE = """with written as (
  insert into search_message (workspace_id, conversation_id, seq, at, tokens)
  select $1, s.conversation_id, s.seq, s.at, array_to_tsvector(string_to_array(s.tokens, chr(10)))
  from unnest($2::uuid[], $3::bigint[], $4::timestamptz[], $5::text[]) as s(conversation_id, seq, at, tokens)
  on conflict (workspace_id, conversation_id, seq) do update set tokens = excluded.tokens
    where search_message.tokens is distinct from excluded.tokens
  returning xmax = 0 as is_new)
  select count(*) from written where is_new"""


async def index_messages(tx: Tx, said: Sequence[tuple[UUID, int]]) -> None:
    """Index messages and notes by (conversation, seq), again if they have changed. Lines are not indexed."""
    if not said:
        return
    rows = await tx.fetch(
        """select m.conversation_id, m.seq, m.created_at, m.content, m.state
           from unnest($2::uuid[], $3::bigint[]) as s(conversation_id, seq)
           join message m on m.workspace_id = $1 and m.conversation_id = s.conversation_id and m.seq = s.seq
           where m.kind <> 'event'""",
        tx.workspace_id,
        [conversation_id for conversation_id, _ in said],
        [seq for _, seq in said],
    )
    await _write(
        tx,
        (
            (
                row["conversation_id"],
                row["seq"],
                row["created_at"],
                _words(row["content"]) if row["state"] != "unsent" else "",
            )
            for row in rows
        ),
    )


async def index_names(tx: Tx, conversation_ids: Sequence[UUID]) -> None:
    """Make conversations findable by whom they are with: as said when they were opened, with seq 0."""
    if not conversation_ids:
        return
    rows = await tx.fetch(
        """select c.id, c.opened_at, d.contact_id from conversation c
           join identity d on d.workspace_id = $1 and d.id = c.identity_id
           where c.workspace_id = $1 and c.id = any($2::uuid[])""",
        tx.workspace_id,
        list(conversation_ids),
    )
    words = await contacts.words_of(tx, sorted({row["contact_id"] for row in rows}))
    await _write(tx, ((row["id"], 0, row["opened_at"], words[row["contact_id"]]) for row in rows))


async def index_names_of(tx: Tx, contact_ids: Sequence[UUID]) -> None:
    """The same for all conversations of these contacts, which have changed."""
    if not contact_ids:
        return
    rows = await tx.fetch(
        """select c.id from identity d join conversation c on c.workspace_id = $1 and c.identity_id = d.id
           where d.workspace_id = $1 and d.contact_id = any($2::uuid[])""",
        tx.workspace_id,
        list(contact_ids),
    )
    await index_names(tx, [row["id"] for row in rows])


async def _write(tx: Tx, entries: Iterable[Entry]) -> None:
    slices = await search_slices.slices(tx, "message")
    made = [
        (conversation_id, seq, at, "\n".join(search.numbered(slices.prefix_at(at), words)))
        for conversation_id, seq, at, words in entries
    ]
    new = await tx.fetchval(WRITE, tx.workspace_id, *([entry[n] for entry in made] for n in range(4)))
    await search_slices.count(tx, "message", new)


def _words(stored: object) -> str:
    content = contents.decode(msgspec.json.encode(stored))
    media = contents.media_of(content)
    return contents.as_text(content) + (f" {media.name}" if media is not None else "")
