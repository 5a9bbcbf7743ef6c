"""WAITS: who waits is told how he stands, seldom and only where it costs no reply; and may choose another way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from guanxi import channels, contacts, conversations, routing, team, views
from guanxi import content as contents
from guanxi.channel_kit import Manifest
from guanxi.content import Content, Text
from guanxi.events import Happened
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.pipeline import crossing_words, ways
from guanxi.pipeline.waiting_words import WORDS, answer_in, word
from guanxi.routing import Wish

SPACE = UUID("0d7a4a86-3c0e-4a51-8a39-51f0b8f2f4c2")
MOST = 50  # told at once
MOST_PLACES = 4


async def tell(tx: Tx) -> int:
    """Tell those who have something new to hear; returns how many. Nothing while nobody is there or their queue is closed:
    then the notice of that was said. Nothing where a reply window has only so many replies, which are the agents'."""
    standing, offers = await routing.standings(tx)
    reckoned = [(one, routing.minutes_left(one.ahead, one.taken_at, tx.now)) for one in standing]
    due = [(one, minutes) for one, minutes in reckoned if routing.has_word(one, minutes, tx.now)]
    if not due or not await team.is_anyone_online(tx):
        return 0
    ids = [one.id for one, _ in due]
    rows = {row["id"]: row for row in await conversations.askable(tx, ids)}
    hours = await routing.hours_of(tx, ids)
    said = 0
    for one, minutes in due:
        row, kept = rows.get(one.id), hours.get(one.id)
        if said == MOST:
            break
        if row is None or row["kind"] != "person" or row["is_blocked"] or (kept and not routing.is_open(kept, tx.now)):
            continue
        manifest = _manifest(row)
        if manifest is None or not await _is_free(tx, manifest, row["identity_id"]):
            continue
        conversation = await conversations.lock(tx, one.id)
        if conversation.assignee_id is not None or conversation.waiting_since != one.waiting_since:
            continue
        asks = offers and (one.wish == "" or (one.wish == "asked" and one.times == 0))
        taps = "choices" in manifest.capabilities.sends
        elsewhere = asks and bool(await _elsewhere(tx, one.id))
        content = word(one.ahead, minutes, _tongue(row), offers=asks, taps=taps, elsewhere=elsewhere)
        id_ = uuid5(SPACE, f"{one.id}:{one.waiting_since.isoformat()}:{one.times}")
        await conversations.reply(tx, one.id, id=id_, content=content, agent_id=None, author="bot")
        await routing.told(tx, one, minutes, asked=asks)
        said += 1
    return said


async def place_beside(tx: Tx, conversation_id: UUID) -> str:
    """What goes along with a word that is said anyway, where a word of its own would cost a reply: how he stands, if somebody
    is before him. '' for nothing. It counts as told."""
    rows = await conversations.askable(tx, [conversation_id])
    manifest = _manifest(rows[0]) if rows and rows[0]["kind"] == "person" else None
    if manifest is None or not counts_replies(manifest):
        return ""
    one, offers = await routing.standing_of(tx, conversation_id)
    if one is None or not one.ahead or one.times:
        return ""
    asks = offers and one.wish == ""
    minutes = routing.minutes_left(one.ahead, one.taken_at, tx.now)
    await routing.told(tx, one, minutes, asked=asks)
    elsewhere = asks and bool(await _elsewhere(tx, conversation_id))
    said = word(one.ahead, minutes, _tongue(rows[0]), offers=asks, taps=False, elsewhere=elsewhere)
    return contents.as_text(said)


def counts_replies(manifest: Manifest) -> bool:
    """Does the platform count every reply?"""
    required = [window for window in manifest.capabilities.reply_windows if window.required]
    return bool(required) and all(window.replies for window in required)


async def hear_wishes(tx: Tx, happened: Sequence[Happened]) -> None:
    """Who was asked how he wants to wait answers: a promise that the agents see, and his place is kept."""
    said = [
        (event.conversation_id, int(event.payload["seq"]))
        for event in happened
        if event.conversation_id is not None and event.payload.get("author") == "contact"
    ]
    for row in await routing.asked_among(tx, sorted(said)):
        text = str(row["content"].get("text", ""))
        if row["wish"] == "number":
            if phone := routing.phone_in(text):
                await _promise(tx, row, phone)
            continue
        wish = answer_in(row["content"])
        if wish == "elsewhere":
            await _lead(tx, row["conversation_id"])
        elif wish == "call_back":
            if phone := routing.phone_in(text) or row["phone"]:
                await _promise(tx, row, phone)
            else:
                await routing.wish(tx, row["conversation_id"], "number")
                await _say(tx, row["conversation_id"], "which")
        elif wish is not None:
            await routing.wish(tx, row["conversation_id"], wish)
            if wish == "later":
                await _say(tx, row["conversation_id"], "later")


async def choose(tx: Tx, conversation_id: UUID, wish: Wish, phone: str = "") -> bool:
    """Who waits says how he wants to: to be called back at this number, or to be answered later. False where he does not wait
    any more."""
    row = await routing.told_of_wait(tx, conversation_id)
    if row is None:
        return False
    if wish == "call_back":
        await _promise(tx, {"conversation_id": conversation_id, "told_minutes": row["told_minutes"]}, phone)
    elif row["wish"] != wish:
        await routing.wish(tx, conversation_id, wish)
        await _say(tx, conversation_id, "later")
    return True


async def note_pace(tx: Tx, happened: Sequence[Happened]) -> None:
    """How quickly the queues are served just now."""
    taken = [(e.conversation_id, e.at) for e in happened if e.conversation_id is not None and e.payload.get("to")]
    if taken:
        await routing.note_pace(tx, taken)


async def _promise(tx: Tx, row: Mapping[str, Any], phone: str) -> None:
    due = tx.now + max(routing.SOONEST, timedelta(minutes=row["told_minutes"] or 0))
    await routing.wish(tx, row["conversation_id"], "call_back", phone=phone, due_at=due)
    await _say(tx, row["conversation_id"], "calls", phone=phone)


async def _elsewhere(tx: Tx, conversation_id: UUID) -> list[ways.Place]:
    """Where he could go on, in another channel than his own."""
    (row,) = await conversations.askable(tx, [conversation_id]) or [None]
    found = ways.places(await views.inboxes_besides(tx, conversation_id)) if row is not None else []
    return [place for place in found if row is not None and place.channel != row["channel"]][:MOST_PLACES]


async def _lead(tx: Tx, conversation_id: UUID) -> None:
    """He wants to go on in another channel: he gets a code that takes him there, at whichever of the accounts he likes. No
    platform is asked for an address from here; the code is all that it needs."""
    places = await _elsewhere(tx, conversation_id)
    rows = await conversations.askable(tx, [conversation_id])
    if not places or not await _may_answer(tx, rows[0]):
        return
    try:
        code, _ = await conversations.give_code(tx, conversation_id, by=None)
    except conversations.Refused:
        return
    tongue = _tongue(rows[0])
    where = " / ".join(f"{place.name} ({ways.called(place.channel, tongue)})" for place in places)
    said = Text(crossing_words.told(tongue, where=where, address="", code=code))
    await conversations.reply(tx, conversation_id, id=new_id(), content=said, agent_id=None, author="bot")


async def _may_answer(tx: Tx, row: Any) -> bool:
    manifest = _manifest(row)
    identity = await contacts.get_identity(tx, row["identity_id"])
    kinds = manifest.capabilities.reply_windows if manifest is not None else ()
    return manifest is not None and contacts.next_window(identity.windows, kinds, tx.now)[1]


async def _say(tx: Tx, conversation_id: UUID, what: str, **gaps: str) -> None:
    """The answer to what he chose: it may spend the reply that came with his choice."""
    rows = await conversations.askable(tx, [conversation_id])
    if not rows or not await _may_answer(tx, rows[0]):
        return
    content: Content = Text(str(getattr(WORDS[_tongue(rows[0])], what)).format(**gaps))
    await conversations.reply(tx, conversation_id, id=new_id(), content=content, agent_id=None, author="bot")


def _tongue(row: Any) -> str:
    return conversations.tongue(*(one for one in (row["language"], row["house_language"]) if one))


def _manifest(row: Any) -> Manifest | None:
    channel = channels.all_channels().get(row["channel"])
    return channel.manifest if channel is not None else None


async def _is_free(tx: Tx, manifest: Manifest, identity_id: UUID) -> bool:
    """Can something be said that takes no reply away from the agents?"""
    kinds = manifest.capabilities.reply_windows
    identity = await contacts.get_identity(tx, identity_id)
    standing = contacts.usable(identity.windows, kinds, tx.now)
    if any(window.left is not None for window in standing):
        return False
    return bool(standing) or not any(kind.required for kind in kinds)
