"""A provider is chosen; a conversation is translated from now on, or no more; translations are kept, and go with their messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import UUID

from guanxi import audit, conversations, events
from guanxi.infra.secrets import Sealer
from guanxi.infra.sql import Tx
from guanxi.translating.model import Kind, Refused, Wanted
from guanxi.translating.queries import about, translator_of


async def set_provider(
    tx: Tx, *, kind: Kind, url: str = "", model: str = "", key: str | None, sealer: Sealer, by: UUID
) -> None:
    """Let this one translate, or nobody ('off', which forgets the key). Without `key` the one before stays, as long as it
    goes to the same place. Raises Refused('bad_url'), Refused('no_model')."""
    check(kind, url, model)
    was = await audit.standing(tx, "translation", tx.workspace_id)
    if kind == "off":
        await tx.execute("delete from translation_provider where workspace_id = $1", tx.workspace_id)
    else:
        await tx.execute(
            """insert into translation_provider as p (workspace_id, kind, url, model, secret, changed_at)
               values ($1, $2, $3, $4, $5, $6) on conflict (workspace_id) do update set kind = $2, url = $3, model = $4,
                 secret = case when $7 and p.url = $3 then p.secret else $5 end, changed_at = $6""",
            tx.workspace_id,
            kind,
            url,
            model,
            sealer.seal(key.encode(), about(tx)) if key else None,
            tx.now,
            key is None,
        )
    await audit.changed(tx, "translation", tx.workspace_id, was, by=by, action="workspace.translation_changed")
    await events.record(tx, "workspace.changed", {}, agent=by)


def check(kind: Kind, url: str, model: str) -> None:
    """Raises Refused when nobody could be asked so."""
    parts = urlsplit(url)
    if kind != "off" and (parts.scheme not in ("http", "https") or not parts.hostname or parts.username):
        raise Refused("bad_url")
    if kind == "openai" and not model:
        raise Refused("no_model")


async def switch(tx: Tx, conversation_id: UUID, *, on: bool, sealer: Sealer, by: UUID) -> None:
    """From now on what is said here is sent to the provider, or no more: who did it stands in the audit log. Raises
    conversations.NotFound, Refused('no_translator')."""
    conversation = await conversations.lock(tx, conversation_id)
    if on:
        await translator_of(tx, sealer)
    conversation.version += 1
    changed = await tx.execute(
        """update conversation set translated_by = case when $3 then $4::uuid end,
             translated_at = case when $3 then $5::timestamptz end, version = $6
           where workspace_id = $1 and id = $2 and (translated_at is not null) <> $3""",
        tx.workspace_id,
        conversation_id,
        on,
        by,
        tx.now,
        conversation.version,
    )
    if not changed:
        return
    action = "reveal.translating" if on else "reveal.translating_ended"
    await audit.record(tx, action, by=by, kind="conversation", about_id=conversation_id)
    await events.record(
        tx, "conversation.translated", {"on": on}, conversation=conversation_id, version=conversation.version, agent=by
    )


async def keep(tx: Tx, conversation_id: UUID, to: str, translated: Mapping[int, str], asked: Sequence[Wanted]) -> None:
    """Write down what was paid for, by the number of the message; `asked` has the texts that were sent."""
    texts = {one.seq: one.text for one in asked}
    await tx.executemany(
        """insert into translation (workspace_id, conversation_id, seq, language, digest, text, created_at)
           values ($1, $2, $3, $4, $5, $6, $7) on conflict (workspace_id, conversation_id, seq, language)
           do update set digest = excluded.digest, text = excluded.text, created_at = excluded.created_at""",
        [
            (tx.workspace_id, conversation_id, seq, to, sha256(texts[seq].encode()).digest(), text, tx.now)
            for seq, text in sorted(translated.items())
        ],
    )


async def forget_taken_back(tx: Tx, conversation_ids: Sequence[UUID]) -> None:
    """What was taken back is in no other words here, either."""
    await tx.execute(
        """delete from translation t using message m where t.workspace_id = $1 and t.conversation_id = any($2::uuid[])
             and m.workspace_id = $1 and m.conversation_id = t.conversation_id and m.seq = t.seq and m.state = 'unsent'""",
        tx.workspace_id,
        sorted(set(conversation_ids)),
    )
