"""Greeting: the automatic first word of an inbox, or the away text when nobody is there."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from guanxi import channels, contacts, conversations, team
from guanxi.content import Text
from guanxi.events import Happened
from guanxi.inboxes import greeting_for
from guanxi.infra.sql import Tx

SPACE = UUID("6f1d2a52-6e2f-4f0e-9a6e-3f8f0a3c6b11")


async def greet(tx: Tx, happened: Sequence[Happened]) -> None:
    """Say the greeting once in each conversation that was opened; the away text instead when no agent is online.
    Where an agent opened it, he has the first word."""
    opened = sorted(
        {event.conversation_id for event in happened if event.conversation_id is not None and event.agent_id is None}
    )
    if not opened:
        return
    anyone = await team.is_anyone_online(tx)
    for conversation_id in opened:
        text = await greeting_for(tx, conversation_id, away=not anyone)
        if text and not await _is_the_only_answer(tx, conversation_id):
            await conversations.reply(
                tx,
                conversation_id,
                id=uuid5(SPACE, str(conversation_id)),
                content=Text(text),
                agent_id=None,
                author="bot",
            )


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
