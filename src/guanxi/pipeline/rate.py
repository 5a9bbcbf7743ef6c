"""RATE: a contact is asked what a conversation was like, once when it has been resolved, or by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from guanxi import channels, contacts, conversations
from guanxi.channel_kit import Manifest, Opening, limits_as_set, rating_way
from guanxi.content import Choices, Text
from guanxi.conversations import RESOLVED
from guanxi.events import Happened
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx

Asked = Literal["asked", "asked_before", "cannot_rate", "window_closed"]


async def ask(tx: Tx, happened: Sequence[Happened]) -> None:
    """Ask where the inbox wants it and the channel can. Where the end of the talk is told to the platform, and gives a last
    word, the question is that word."""
    resolved = {event.conversation_id for event in happened if event.conversation_id is not None}
    for row in await conversations.askable(tx, sorted(resolved)):
        manifest = _manifest(row)
        if manifest is not None and _wants(row) and not _ends_with_a_word(manifest, row["settings"]):
            await _ask(tx, manifest, row, agent_id=None)


async def ask_by_hand(tx: Tx, conversation_id: UUID, *, agent_id: UUID) -> Asked:
    """An agent asks now. Raises NotFound."""
    await conversations.lock(tx, conversation_id)
    rows = await conversations.askable(tx, [conversation_id])
    manifest = _manifest(rows[0]) if rows else None
    return await _ask(tx, manifest, rows[0], agent_id=agent_id) if manifest is not None else "cannot_rate"


async def say_last_word(
    tx: Tx, conversation_id: UUID, identity: contacts.Identity, opened: Sequence[Opening], at: Any
) -> None:
    """We have ended the talk of a resolved conversation, and the platform gives us this for one more word: the question,
    with the inbox's `end_text` above it, or that text alone. The identity is locked."""
    rows = await conversations.askable(tx, [conversation_id])
    manifest = _manifest(rows[0]) if rows else None
    if manifest is None or not opened:
        return
    row, settings = rows[0], rows[0]["settings"]
    await contacts.open_windows(tx, [(identity, opened, limits_as_set(manifest, settings).reply_windows, at, ())])
    words = settings.get("end_text", "").strip()
    if _wants(row) and await _ask(tx, manifest, row, agent_id=None, before=words) == "asked":
        return
    if words:
        await conversations.reply(tx, conversation_id, id=new_id(), content=Text(words), agent_id=None, author="bot")


async def _ask(tx: Tx, manifest: Manifest, row: Any, *, agent_id: UUID | None, before: str = "") -> Asked:
    way = rating_way(manifest, row["settings"])
    if not way or row["kind"] != "person":
        return "cannot_rate"
    if way == "own":
        asked = await conversations.ask_rating(tx, row["id"], agent_id=agent_id, once=True)
        return "asked" if asked else "asked_before"
    identity = await contacts.get_identity(tx, row["identity_id"])
    if not contacts.next_window(identity.windows, manifest.capabilities.reply_windows, tx.now)[1]:
        return "window_closed"

    def saying(rating_id: UUID) -> Choices:
        words = conversations.rating_words(
            *(language for language in (row["language"], row["house_language"]) if language)
        )
        return conversations.rating_question(
            rating_id, words, text=row["settings"].get("rating_text", ""), before=before
        )

    asked = await conversations.ask_rating(tx, row["id"], agent_id=agent_id, once=True, saying=saying)
    return "asked" if asked else "asked_before"


def _manifest(row: Any) -> Manifest | None:
    channel = channels.all_channels().get(row["channel"])
    return channel.manifest if channel is not None else None


def _wants(row: Any) -> bool:
    """Resolved after somebody answered, on an inbox that wants it, and not from somebody who is blocked."""
    is_over = row["state"] == RESOLVED and row["was_answered"] and not row["is_blocked"]
    return is_over and row["settings"].get("rating") == "true"


def _ends_with_a_word(manifest: Manifest, settings: Mapping[str, str]) -> bool:
    gives = any(kind.ends for kind in manifest.capabilities.reply_windows)
    return gives and settings.get("end_on_resolve") == "true"
