"""Greeting: the automatic first word of an inbox, the away text when nobody is there, and when somebody is again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from guanxi import channels, contacts, conversations, routing, team
from guanxi.content import Text
from guanxi.events import Happened
from guanxi.inboxes import greeting_for
from guanxi.infra.sql import Tx
from guanxi.pipeline.closed import sentence
from guanxi.pipeline.waits import place_beside
from guanxi.routing import Hours

SPACE = UUID("6f1d2a52-6e2f-4f0e-9a6e-3f8f0a3c6b11")


async def greet(tx: Tx, happened: Sequence[Happened]) -> None:
    """Say the greeting once in each conversation that was opened; the away text instead when no agent is online, and with
    the time of the next opening when its queue is closed. Where an agent opened it, he has the first word."""
    opened = {
        e.conversation_id: e.at
        for e in happened
        if e.conversation_id is not None and e.agent_id is None and not e.payload.get("goes_on")
    }
    if not opened:
        return
    hours = await routing.hours_of(tx, sorted(opened))
    anyone = await team.is_anyone_online(tx)
    for conversation_id in sorted(opened):
        kept, at = hours.get(conversation_id), opened[conversation_id]
        if kept is not None and not routing.is_open(kept, at):
            await _say_closed(tx, conversation_id, kept, at, is_first=True)
        elif text := await greeting_for(tx, conversation_id, away=not anyone):
            await _say(tx, conversation_id, uuid5(SPACE, str(conversation_id)), text, with_place=anyone)


async def tell_closed(tx: Tx, happened: Sequence[Happened]) -> None:
    """Who writes while the queue is closed hears when it opens, once for each time that it is closed; unless the agent who
    has the conversation is there all the same."""
    wrote = {
        e.conversation_id: e.at
        for e in happened
        if e.conversation_id is not None and e.payload.get("author") == "contact"
    }
    hours = await routing.hours_of(tx, sorted(wrote)) if wrote else {}
    for conversation_id in sorted(hours):
        if not routing.is_open(hours[conversation_id], wrote[conversation_id]):
            await _say_closed(tx, conversation_id, hours[conversation_id], wrote[conversation_id], is_first=False)


async def _say_closed(tx: Tx, conversation_id: UUID, hours: Hours, at: datetime, *, is_first: bool) -> None:
    conversation = await conversations.lock(tx, conversation_id)
    if conversation.assignee_id is not None and await team.is_online(tx, conversation.assignee_id):
        return
    text = await greeting_for(tx, conversation_id, away=True, is_first=is_first)
    if text is None:
        return
    opens = routing.next_opening(hours, at)
    rows = await conversations.askable(tx, [conversation_id])
    languages = [one for one in (rows[0]["language"], rows[0]["house_language"]) if one] if rows else []
    when = sentence(opens, hours.time_zone, conversations.tongue(*languages))
    id_ = uuid5(SPACE, f"{conversation_id}:closed:{opens.isoformat() if opens else ''}")
    await _say(tx, conversation_id, id_, "\n\n".join(part for part in (text.strip(), when) if part))


async def _say(tx: Tx, conversation_id: UUID, id_: UUID, text: str, *, with_place: bool = False) -> None:
    if not await _is_the_only_answer(tx, conversation_id):
        place = await place_beside(tx, conversation_id) if with_place else ""
        text = "\n\n".join(part for part in (text, place) if part)
        await conversations.reply(tx, conversation_id, id=id_, content=Text(text), agent_id=None, author="bot")


async def _is_the_only_answer(tx: Tx, conversation_id: UUID) -> bool:
    """Does each message of the customer's allow one reply and no more, and nothing else a greeting? Then it is for somebody
    to answer."""
    conversation = await conversations.lock(tx, conversation_id)
    identity = await contacts.get_identity(tx, conversation.identity_id)
    channel = channels.all_channels().get(conversation.channel)
    kinds = channel.manifest.capabilities.reply_windows if channel is not None else ()
    if not any(kind.required for kind in kinds):
        return False
    standing = contacts.usable(identity.windows, kinds, tx.now)
    greeting = {kind.by for kind in kinds if kind.greets}
    return all(window.left == 1 and window.by not in greeting for window in standing)
