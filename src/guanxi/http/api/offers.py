"""What one is offered, and how a workspace's agents come and go."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put

from guanxi import routing, views
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes import ConversationDetail, ConversationRow
from guanxi.http.api.shapes_house import Workspace
from guanxi.http.auth import Desk

Seconds = Annotated[int, msgspec.Meta(ge=0, le=3600)]


class SetWays(msgspec.Struct, kw_only=True):
    """`busy_reasons` that we know words for: break, meal, meeting, training; others are shown as they are. A second number of
    0: nobody wraps up, nothing is offered before it is given. After `tell_wait_seconds` (0: never) who waits is told how he
    stands, and with `offer_elsewhere` may choose a call-back or an answer later."""

    busy_reasons: Annotated[list[routing.Reason], msgspec.Meta(max_length=12)]
    wrap_up_seconds: Seconds
    offer_seconds: Annotated[int, msgspec.Meta(ge=0, le=300)]
    tell_wait_seconds: Seconds = 0
    offer_elsewhere: bool = True


@get("/offers", operation_id="list_offers", right="look")
async def list_offers(desk: Desk) -> list[ConversationRow]:
    """What the agent is offered and has not taken yet."""
    async with desk.reading() as tx:
        return as_it_is(desk.signed(await views.offers(tx, desk.agent_id)), list[ConversationRow])


@post("/conversations/{conversation_id:uuid}/accept", operation_id="accept_offer", right="serve", status_code=200)
async def accept_offer(desk: Desk, conversation_id: UUID) -> ConversationDetail:
    """Take what one is offered. 409 not_offered when it has gone on to somebody else."""
    async with desk.transaction() as tx:
        await routing.accept(tx, conversation_id, by=desk.agent_id)
        detail = await views.conversation(tx, conversation_id, await desk.sight(tx))
        return as_it_is(detail and desk.signed(detail), ConversationDetail)


@put("/workspace/presence", operation_id="set_ways", right="workspace")
async def set_ways(desk: Desk, data: SetWays) -> Workspace:
    """For which reasons agents are busy, how long they wrap up, and whether conversations are offered."""
    async with desk.transaction() as tx:
        await routing.set_ways(
            tx,
            busy_reasons=data.busy_reasons,
            wrap_up_seconds=data.wrap_up_seconds,
            offer_seconds=data.offer_seconds,
            tell_wait_seconds=data.tell_wait_seconds,
            offer_elsewhere=data.offer_elsewhere,
            by=desk.agent_id,
        )
        return as_it_is((await views.workspace(tx)).encode(), Workspace)


routes = [list_offers, accept_offer, set_ways]
