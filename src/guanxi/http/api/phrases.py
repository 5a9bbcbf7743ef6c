"""Quick phrases and the groups in which they lie."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post, put

from guanxi import content as contents
from guanxi import conversations, team, views
from guanxi.content import Content
from guanxi.http.api.given import as_it_is
from guanxi.http.api.sayable import (
    SayCard,
    SayChoices,
    SayFile,
    SayImage,
    SayMiniProgram,
    SayVideo,
    SayVoice,
    content_of,
)
from guanxi.http.api.shapes import Nothing
from guanxi.http.api.shapes_house import PhraseGroup, QuickPhrase
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal, not_found
from guanxi.infra.files import StoreAway
from guanxi.infra.media import Stored
from guanxi.infra.sql import Tx

Shortcut = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^\S+$")]
PhraseText = Annotated[str, msgspec.Meta(max_length=5000)]
GroupName = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Carried = SayImage | SayVoice | SayVideo | SayFile | SayChoices | SayCard | SayMiniProgram


class NewPhrase(msgspec.Struct):
    """`personal`: nobody else sees it. `content` goes besides its words: it has a copy of the file of its own."""

    shortcut: Shortcut
    text: PhraseText = ""
    personal: bool = False
    group_id: UUID | None = None
    content: Carried | None = None


class ChangePhrase(msgspec.Struct, kw_only=True):
    """`content` null: nothing goes besides the words any more."""

    shortcut: Shortcut | None = None
    text: PhraseText | None = None
    content: Carried | msgspec.UnsetType | None = msgspec.UNSET


class PlacePhrase(msgspec.Struct, kw_only=True):
    """Into this group, or into none; before that phrase there, or behind all."""

    group_id: UUID | None
    before: UUID | None


class NewPhraseGroup(msgspec.Struct):
    name: GroupName
    personal: bool = False


class RenamePhraseGroup(msgspec.Struct):
    name: GroupName


class PlacePhraseGroup(msgspec.Struct):
    """Before that group, or behind all."""

    before: UUID | None


@get("/quick-phrases", operation_id="list_quick_phrases", right="look")
async def list_phrases(desk: Desk) -> list[QuickPhrase]:
    """One's own first, then the company's; in each, those in no group, then group by group, in their order."""
    async with desk.reading() as tx:
        body = await views.quick_phrases(tx, desk.agent_id)
    return [_spelt(row) for row in msgspec.json.decode(desk.signed(body), type=list[QuickPhrase])]


@post("/quick-phrases", operation_id="add_quick_phrase", right="serve")
async def add_phrase(desk: Desk, data: NewPhrase) -> QuickPhrase:
    """409 shortcut_taken when another phrase has it. 404 where the group is not there, or not of the same owner."""
    if not data.text and data.content is None:
        raise Refusal(422, "invalid", fields={"text": "missing"})
    content, copied = await _own(desk, data.content, None)
    async with desk.transaction() as tx:
        await _keep(tx, copied)
        id_ = await team.add_phrase(
            tx, shortcut=data.shortcut, text=data.text, personal=data.personal, by=desk.agent_id,
            group_id=data.group_id, content=content,
        )  # fmt: skip
        return await _phrase(desk, tx, id_)


@patch("/quick-phrases/{phrase_id:uuid}", operation_id="change_quick_phrase", right="serve")
async def change_phrase(desk: Desk, phrase_id: UUID, data: ChangePhrase) -> QuickPhrase:
    given = data.content if data.content is not msgspec.UNSET else None
    content, copied = await _own(desk, given, phrase_id)
    async with desk.transaction() as tx:
        await _keep(tx, copied)
        freed = await team.change_phrase(
            tx, phrase_id, shortcut=data.shortcut, text=data.text, by=desk.agent_id,
            content=content, bare=data.content is None,
        )  # fmt: skip
        changed = await _phrase(desk, tx, phrase_id)
    await _forget(desk, freed)
    return changed


@delete("/quick-phrases/{phrase_id:uuid}", operation_id="remove_quick_phrase", right="serve", status_code=200)
async def remove_phrase(desk: Desk, phrase_id: UUID) -> Nothing:
    """Its file goes with it, unless a message has it."""
    async with desk.transaction() as tx:
        freed = await team.remove_phrase(tx, phrase_id, by=desk.agent_id)
    await _forget(desk, freed)
    return Nothing()


@put("/quick-phrases/{phrase_id:uuid}/place", operation_id="place_quick_phrase", right="serve")
async def place_phrase(desk: Desk, phrase_id: UUID, data: PlacePhrase) -> QuickPhrase:
    """409 stale when `before` does not stand in that group any more."""
    async with desk.transaction() as tx:
        await team.place_phrase(tx, phrase_id, group_id=data.group_id, before=data.before, by=desk.agent_id)
        return await _phrase(desk, tx, phrase_id)


@get("/quick-phrases/groups", operation_id="list_phrase_groups", right="look")
async def list_groups(desk: Desk) -> list[PhraseGroup]:
    """One's own first, then the company's; each in their order."""
    async with desk.reading() as tx:
        return as_it_is(await views.phrase_groups(tx, desk.agent_id), list[PhraseGroup])


@post("/quick-phrases/groups", operation_id="add_phrase_group", right="serve")
async def add_group(desk: Desk, data: NewPhraseGroup) -> PhraseGroup:
    async with desk.transaction() as tx:
        id_ = await team.add_phrase_group(tx, name=data.name, personal=data.personal, by=desk.agent_id)
        return as_it_is(await views.phrase_group(tx, id_), PhraseGroup)


@patch("/quick-phrases/groups/{group_id:uuid}", operation_id="rename_phrase_group", right="serve")
async def rename_group(desk: Desk, group_id: UUID, data: RenamePhraseGroup) -> PhraseGroup:
    async with desk.transaction() as tx:
        await team.rename_phrase_group(tx, group_id, name=data.name, by=desk.agent_id)
        return as_it_is(await views.phrase_group(tx, group_id), PhraseGroup)


@delete("/quick-phrases/groups/{group_id:uuid}", operation_id="remove_phrase_group", right="serve", status_code=200)
async def remove_group(desk: Desk, group_id: UUID) -> Nothing:
    """Its phrases stay, in no group."""
    async with desk.transaction() as tx:
        await team.remove_phrase_group(tx, group_id, by=desk.agent_id)
    return Nothing()


@put("/quick-phrases/groups/{group_id:uuid}/place", operation_id="place_phrase_group", right="serve")
async def place_group(desk: Desk, group_id: UUID, data: PlacePhraseGroup) -> PhraseGroup:
    """409 stale when `before` is not there any more."""
    async with desk.transaction() as tx:
        await team.place_phrase_group(tx, group_id, before=data.before, by=desk.agent_id)
        return as_it_is(await views.phrase_group(tx, group_id), PhraseGroup)


async def _phrase(desk: Desk, tx: Tx, phrase_id: UUID) -> QuickPhrase:
    body = await views.quick_phrase(tx, phrase_id)
    if body is None:
        raise not_found()
    return _spelt(msgspec.json.decode(desk.signed(body), type=QuickPhrase))


def _spelt(phrase: QuickPhrase) -> QuickPhrase:
    """One from before the house could spell is spelt as it is read."""
    if phrase.pinyin is None:
        phrase.pinyin = team.spelt(phrase.shortcut, phrase.text)
    return phrase


async def _own(desk: Desk, given: Carried | None, phrase_id: UUID | None) -> tuple[Content | None, Stored | None]:
    """The content with a copy of its file that only this phrase names, unless it is the phrase's already."""
    if given is None:
        return None, None
    async with desk.reading() as tx:
        content = await content_of(tx, given, said=False)
        media = contents.media_of(content)
        if media is None or (phrase_id is not None and await views.held_by(tx, media.key) == phrase_id):
            return content, None
    workspace_id = desk.who.workspace_id
    try:
        body = await desk.house.media.read(workspace_id, media.key)
    except FileNotFoundError as error:
        raise Refusal(422, "invalid", fields={"content.media.key": "unknown"}) from error
    copied = await desk.house.media.put(workspace_id, body, media.name, media.type)
    return contents.with_media(content, msgspec.structs.replace(media, key=copied.key)), copied


async def _keep(tx: Tx, copied: Stored | None) -> None:
    if copied is not None:
        await conversations.keep_media(tx, copied)


async def _forget(desk: Desk, keys: Sequence[str]) -> None:
    """What no row names any more; a store that is away keeps some bytes that nobody can ask for."""
    for key in keys:
        with contextlib.suppress(StoreAway):
            await desk.house.media.remove(desk.who.workspace_id, key)


routes = [
    list_phrases, add_phrase, change_phrase, remove_phrase, place_phrase, list_groups, add_group, rename_group,
    remove_group, place_group,
]  # fmt: skip
