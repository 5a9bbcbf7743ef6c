"""Who translates for a workspace, and what of a conversation is to be translated."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from guanxi.infra.secrets import Sealer
from guanxi.infra.sql import Tx
from guanxi.translating.model import NOBODY, Provider, Refused, TranslationSettings, Wanted


def about(tx: Tx) -> str:
    """What the key is sealed for."""
    return f"translation_provider:{tx.workspace_id}"


async def settings_of(tx: Tx) -> TranslationSettings:
    """As an administrator sees them."""
    row = await tx.fetchrow(
        """select kind, url, model, secret is not null as has_key from translation_provider where workspace_id = $1""",
        tx.workspace_id,
    )
    return NOBODY if row is None else TranslationSettings(**dict(row))


async def translator_of(tx: Tx, sealer: Sealer, conversation_id: UUID | None = None) -> Provider:
    """Whom to ask; with a conversation only where somebody has switched it on there. Raises Refused('no_translator'),
    Refused('not_translating'): then nothing is sent out."""
    row = await tx.fetchrow(
        "select kind, url, model, secret from translation_provider where workspace_id = $1",
        tx.workspace_id,
    )
    if row is None:
        raise Refused("no_translator")
    if conversation_id is not None and not await tx.fetchval(
        "select translated_at is not null from conversation where workspace_id = $1 and id = $2",
        tx.workspace_id,
        conversation_id,
    ):
        raise Refused("not_translating")
    key = sealer.open(row["secret"], about(tx)).decode() if row["secret"] else ""
    known_by = sha256("\n".join((row["kind"], row["url"], row["model"], key)).encode()).hexdigest()
    return Provider(kind=row["kind"], url=row["url"], model=row["model"], key=key, version=known_by)


async def wanted(tx: Tx, conversation_id: UUID, seqs: Sequence[int], to: str) -> list[Wanted]:
    """What the contact said in these messages, with what is known of it in the language `to`. No note, no line of ours,
    nothing that was taken back."""
    rows = await tx.fetch(
        """select m.seq, m.content ->> 'text' as text, m.language, t.text as translated
           from message m left join lateral (
             select t.text from translation t where t.workspace_id = $1 and t.language = $4
               and t.digest = sha256(convert_to(m.content ->> 'text', 'UTF8')) limit 1) t on true
           where m.workspace_id = $1 and m.conversation_id = $2 and m.seq = any($3::bigint[]) and m.author = 'contact'
             and m.state <> 'unsent' and coalesce(m.content ->> 'text', '') <> '' order by m.seq""",
        tx.workspace_id,
        conversation_id,
        list(seqs),
        to,
    )
    return [Wanted(**dict(row)) for row in rows]
