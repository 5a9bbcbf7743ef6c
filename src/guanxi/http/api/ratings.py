"""Asking a contact for a rating by hand, where the channel can."""

from __future__ import annotations

from uuid import UUID

from litestar import post

from guanxi import views
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes import ConversationDetail
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal
from guanxi.pipeline.rate import ask_by_hand

REFUSALS = {
    "asked_before": (409, "asked"),
    "cannot_rate": (422, "cannot_rate"),
    "window_closed": (409, "window_closed"),
}


@post("/conversations/{conversation_id:uuid}/ask-rating", operation_id="ask_rating", right="serve", status_code=200)
async def ask_rating(desk: Desk, conversation_id: UUID) -> ConversationDetail:
    """Ask the contact what the conversation was like. 422 cannot_rate where there is no way to ask; 409 asked while an
    earlier question stands, window_closed where the platform lets us write no more."""
    async with desk.transaction() as tx:
        asked = await ask_by_hand(tx, conversation_id, agent_id=desk.agent_id)
        if asked in REFUSALS:
            raise Refusal(*REFUSALS[asked])
        detail = await views.conversation(tx, conversation_id, await desk.sight(tx))
    return as_it_is(detail and desk.signed(detail), ConversationDetail)


routes = [ask_rating]
