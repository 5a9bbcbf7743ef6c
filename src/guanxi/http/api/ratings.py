"""Asking a contact for a rating by hand, where the channel can."""

from __future__ import annotations

from uuid import UUID

from litestar import post

from guanxi import channels, conversations, views
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes import ConversationDetail
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal, not_found


@post("/conversations/{conversation_id:uuid}/ask-rating", operation_id="ask_rating", right="serve", status_code=200)
async def ask_rating(desk: Desk, conversation_id: UUID) -> ConversationDetail:
    """Ask the contact what the conversation was like. 422 cannot_rate where the channel has no way to ask; 409 asked
    while an earlier question stands."""
    async with desk.transaction() as tx:
        row = (await views.rows_by_id(tx, [conversation_id])).get(conversation_id)
        if row is None:
            raise not_found()
        channel = channels.all_channels().get(row["channel"])
        if channel is None or not channel.manifest.capabilities.rating:
            raise Refusal(422, "cannot_rate")
        if not await conversations.ask_rating(tx, conversation_id, agent_id=desk.agent_id):
            raise Refusal(409, "asked")
        detail = await views.conversation(tx, conversation_id)
    return as_it_is(detail and desk.signed(detail), ConversationDetail)


routes = [ask_rating]
