"""HAND OVER: while nobody of ours is online, a talk may go to the platform's own agents, and its customer is told once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from guanxi import channels, contacts, conversations, routing, team
from guanxi.channel_kit import Opening, limits_as_set
from guanxi.content import Text
from guanxi.events import Happened
from guanxi.infra.ids import new_id
from guanxi.infra.sql import Tx
from guanxi.pipeline.waiting_words import WORDS

WAITING = {
    "zh-CN": "您好，正在为您转接人工客服，请稍候。",
    "zh-TW": "您好，正在為您轉接客服人員，請稍候。",
    "en": "A colleague will be with you shortly. Please wait a moment.",
    "ja": "担当者におつなぎしています。少々お待ちください。",
    "ko": "상담원에게 연결 중입니다. 잠시만 기다려 주세요.",
}


async def want(tx: Tx, happened: Sequence[Happened]) -> None:
    """Leave it to the hands to hand over where a contact has written and nobody is here."""
    can = [key for key, channel in channels.all_channels().items() if channel.hand_over is not None]
    written = {
        event.conversation_id
        for event in happened
        if event.conversation_id is not None and event.payload.get("author") == "contact"
    }
    if can and written and not await team.is_anyone_online(tx):
        await conversations.want_hand_overs(tx, sorted(written), can)


async def say_that_one_waits(
    tx: Tx, conversation_id: UUID, identity: contacts.Identity, opened: Sequence[Opening], at: datetime
) -> None:
    """The talk waits at the platform, and this is what we are given for a word on that: the inbox's `queue_text`, or our
    own, and how many wait there before him, where the workspace tells who waits how he stands. The identity is locked."""
    rows = await conversations.askable(tx, [conversation_id])
    channel = channels.all_channels().get(rows[0]["channel"]) if rows else None
    if channel is None or not opened:
        return
    settings = rows[0]["settings"]
    kinds = [kind.by for kind in channel.manifest.capabilities.reply_windows if kind.waits]
    ahead = await conversations.waiting_there(tx, conversation_id, kinds) if await routing.tells_waits(tx) else 0
    await contacts.open_windows(
        tx, [(identity, opened, limits_as_set(channel.manifest, settings).reply_windows, at, ())]
    )
    languages = (one for one in (rows[0]["language"], rows[0]["house_language"]) if one)
    tongue = conversations.tongue(*languages)
    words = settings.get("queue_text", "").strip() or WAITING[tongue]
    place = [WORDS[tongue].ahead.format(n=ahead)] if ahead else []
    said = Text("\n".join([words, *place]))
    await conversations.reply(tx, conversation_id, id=new_id(), content=said, agent_id=None, author="bot")
