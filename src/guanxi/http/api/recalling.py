"""Taking a sent reply back, where the platform can."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

from litestar import post

from guanxi import channels, conversations, inboxes, views
from guanxi.channel_kit import MaybeSent, NotSent, Sent, limits_as_set
from guanxi.http.api.conversations import Place
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes import ConversationDetail
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal, not_found
from guanxi.pipeline.lend import Lender

SECONDS = 10.0
THERE = ("sent", "delivered", "read")


@post(
    "/conversations/{conversation_id:uuid}/messages/{seq:int}/recall",
    operation_id="recall",
    right="serve",
    status_code=200,
)
async def recall(desk: Desk, lender: Lender, conversation_id: UUID, seq: Place) -> ConversationDetail:
    """Take a reply back from the platform; what it said stays readable here. 422 cannot_recall where the channel has no way
    or the message is not there; 409 too_late_to_recall with the seconds within which it could have been; 422 platform_refused
    with its reason."""
    async with desk.reading() as tx:
        row = await conversations.find_reply(tx, conversation_id, seq)
        sent_at = await conversations.handed_over_at(tx, conversation_id, seq) if row is not None else None
        now = tx.now
        door = await inboxes.find_door(tx, row["inbox_id"], desk.house.sealer) if row is not None else None
    if row is None or door is None:
        raise not_found()
    channel = channels.all_channels().get(door.channel)
    is_ours = row["author"] in ("agent", "bot") and not row["is_note"] and row["state"] in THERE and row["external_id"]
    if channel is None or channel.recall is None or door.state == "removed" or not is_ours:
        raise Refusal(422, "cannot_recall")
    within = limits_as_set(channel.manifest, door.settings).recall_within
    if within and sent_at is not None and now - sent_at > timedelta(seconds=within):
        raise Refusal(409, "too_late_to_recall", more={"within": within})
    try:
        async with asyncio.timeout(SECONDS):
            outcome = await channel.recall(row["external_id"], lender.lend(door))
    except (NotSent, MaybeSent, TimeoutError) as error:
        raise Refusal(503, "platform_away", retry_after=5) from error
    if not isinstance(outcome, Sent):
        raise Refusal(422, "platform_refused", more={"reason": getattr(outcome, "reason", "")})
    async with desk.transaction() as tx:
        await conversations.take_back(tx, conversation_id, seq)
        detail = await views.conversation(tx, conversation_id, await desk.sight(tx))
    return as_it_is(detail and desk.signed(detail), ConversationDetail)


routes = [recall]
