"""The search index, the one thing here that is written: it holds nothing that the other tables do not say."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from guanxi.infra import search
from guanxi.infra.sql import Tx
from guanxi.views.shapes import MESSAGE_TEXT

NUMBER = "select number from workspace where id = $1"
SAID = f"""select m.conversation_id, m.seq, m.created_at as at, {MESSAGE_TEXT} as text
  from unnest($2::uuid[], $3::bigint[]) k(conversation_id, seq)
  join message m on m.workspace_id = $1 and m.conversation_id = k.conversation_id and m.seq = k.seq
  where m.kind <> 'event'"""
CONTACT_TEXT = """concat_ws(' ', p.name, p.email, p.phone, array_to_string(p.tags, ' '),
  (select string_agg(d.name, ' ') from identity d where d.workspace_id = p.workspace_id and d.contact_id = p.id))"""
NAMED = f"""select p.id, {CONTACT_TEXT} as text from contact p where p.workspace_id = $1 and p.id = any($2::uuid[])"""


async def index_messages(tx: Tx, places: Sequence[tuple[UUID, int]]) -> None:
    """Make messages (conversation, seq) findable by what they say now; what has been taken back is found no more."""
    if not places:
        return
    number = await tx.fetchval(NUMBER, tx.workspace_id)
    rows = await tx.fetch(SAID, tx.workspace_id, [place[0] for place in places], [place[1] for place in places])
    # Tokens hold no spaces, so a text of them is an array that needs no second dimension.
    await tx.execute(
        """insert into search_message (workspace_id, conversation_id, seq, at, tokens)
           select $1, k.conversation_id, k.seq, k.at, array_to_tsvector(string_to_array(k.tokens, ' '))
           from unnest($2::uuid[], $3::bigint[], $4::timestamptz[], $5::text[]) k(conversation_id, seq, at, tokens)
           on conflict (workspace_id, conversation_id, seq) do update set tokens = excluded.tokens""",
        tx.workspace_id,
        [row["conversation_id"] for row in rows],
        [row["seq"] for row in rows],
        [row["at"] for row in rows],
        [" ".join(search.numbered(number, row["text"])) for row in rows],
    )


async def index_contacts(tx: Tx, contact_ids: Sequence[UUID]) -> None:
    """Make contacts findable by name, e-mail, phone and tags."""
    if not contact_ids:
        return
    number = await tx.fetchval(NUMBER, tx.workspace_id)
    rows = await tx.fetch(NAMED, tx.workspace_id, list(contact_ids))
    await tx.execute(
        """insert into search_contact (workspace_id, contact_id, tokens)
           select $1, k.contact_id, array_to_tsvector(string_to_array(k.tokens, ' '))
           from unnest($2::uuid[], $3::text[]) k(contact_id, tokens)
           on conflict (workspace_id, contact_id) do update set tokens = excluded.tokens""",
        tx.workspace_id,
        [row["id"] for row in rows],
        [" ".join(search.numbered(number, row["text"])) for row in rows],
    )
