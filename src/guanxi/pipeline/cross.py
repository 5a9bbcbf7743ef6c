"""CROSS: somebody comes on this channel with the code of a conversation on another one, and goes on with it here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from guanxi import channels, contacts, conversations
from guanxi.channel_kit import Happened, Received, code_in
from guanxi.contacts import Identity
from guanxi.content import Text
from guanxi.conversations import Conversation, CrossingGiven
from guanxi.inboxes import Door
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.pipeline.crossing_words import GOES_ON, HERE
from guanxi.pipeline.parse import Read

Said = tuple[Read, Received | Happened]


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """Who came with which code; `together`: his contact became one with the other's by it."""

    identity: Identity
    given: CrossingGiven
    together: bool


def code_of(item: Received | Happened) -> str:
    """The code that he says, scanned or followed; '' for none. In a group and in public it is nobody's."""
    if item.group is not None or item.thread:
        return ""
    if isinstance(item, Happened):
        return code_in(item.details.get("scene", "")) or code_in(item.details.get("param", ""))
    return code_in(item.content.text) if item.post is None and isinstance(item.content, Text) else ""


async def come(
    tx: Tx, door: Door, said: Sequence[Said], people: Mapping[tuple[UUID, str], Identity]
) -> tuple[list[Said], list[Came]]:
    """Of all that was said, who came with a code that stands: he is the contact who was given it. Only who has said nothing
    here before, and who is that contact already; a code is looked at in the first word and in no other. What he came by
    opens his conversation, and shows no code."""
    channel = channels.get(door.channel)
    if not channel.manifest.capabilities.crosses or not any(code_of(item) for _, item in said):
        return list(said), []
    came: list[Came] = []
    tried: set[UUID] = set()
    told: list[Said] = []
    for read, item in said:
        identity = people[door.inbox_id, item.sender.external_id]
        code = code_of(item)
        if code and identity.id not in tried:
            tried.add(identity.id)
            one = await _prove(tx, door, identity, code)
            if one is not None:
                came.append(one)
                if isinstance(item, Happened):
                    item = msgspec.structs.replace(item, details={}, opens_conversation=True)
        told.append((read, item))
    if came:
        left = [one.given.conversation_id for one in came]
        await conversations.lock_for_crossing(tx, left, [one.identity.id for one in came])
    return told, came


async def _prove(tx: Tx, door: Door, identity: Identity, code: str) -> Came | None:
    is_new = not await conversations.has_spoken(tx, identity.id)
    given = await conversations.find_code(tx, door.inbox_id, code)
    if given is None:
        return None
    identity_id = await conversations.identity_of(tx, given.conversation_id)
    whose = await contacts.get_identity(tx, identity_id)
    if identity_id == identity.id or (not is_new and identity.contact_id != whose.contact_id):
        return None
    together = await contacts.prove(tx, identity, whose.contact_id)
    return None if together is None else Came(identity=identity, given=given, together=together)


async def take_places(
    tx: Tx, came: Sequence[Came], joined: Mapping[tuple[UUID, str], Conversation]
) -> list[tuple[Conversation, Conversation, Came]]:
    """Give what was just opened the place of what it goes on with; (old, new, who) of those that went on."""
    went = []
    for one in came:
        new = joined.get((one.identity.id, ""))
        if new is None:
            continue
        old = await conversations.take_over_place(tx, one.given, new, together=one.together)
        if old is not None:
            went.append((old, new, one))
    return went


async def go_on(tx: Tx, went: Sequence[tuple[Conversation, Conversation, Came]]) -> None:
    """Say so at both places, for nobody is carried away unseen: the old one ends with a word to whoever is still there, and
    the new one begins with one."""
    for old, new, one in went:
        rows = {row["id"]: row for row in await conversations.askable(tx, [old.id, new.id])}
        row = rows.get(old.id)
        if row is not None:
            tongue = conversations.tongue(*(said for said in (row["language"], row["house_language"]) if said))
            await _say(tx, old.id, GOES_ON[tongue].format(channel=_title(new.channel, tongue)))
            await _say(tx, new.id, HERE[tongue])
        await conversations.go_on(tx, old, new, name=one.identity.name)


def _title(channel: str, tongue: str) -> str:
    manifest = channels.get(channel).manifest
    return channels.words(channel, tongue).get("title", manifest.title)


async def _say(tx: Tx, conversation_id: UUID, word: str) -> None:
    await conversations.reply(tx, conversation_id, id=new_id(), content=Text(word), agent_id=None, author="bot")
