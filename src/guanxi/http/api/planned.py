"""Replies for later: held for a moment, or planned for a time; changed and cancelled until they go."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import delete, patch, post

from guanxi import channels, conversations, views
from guanxi import content as contents
from guanxi.http.api.given import as_it_is, senseful
from guanxi.http.api.sayable import Said, content_of
from guanxi.http.api.shapes import ConversationDetail
from guanxi.http.api.verbs import Original, Seq
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal
from guanxi.infra.sql import Tx


class PlanReply(msgspec.Struct, kw_only=True):
    """`id` is the writer's own, and the message's: planned twice, it is sent once. Without `send_at` it is held for five
    seconds, until when it can be cancelled."""

    id: UUID
    content: Said
    send_at: datetime | None = None
    seen_seq: Seq | None = None
    force: bool = False
    public: bool = False
    original: Original = ""
    quotes: Seq | None = None


class ChangePlanned(msgspec.Struct, kw_only=True):
    """What is given changes. `now`: it goes at once."""

    content: Said | None = None
    send_at: datetime | None = None
    now: bool = False


@post("/conversations/{conversation_id:uuid}/planned", operation_id="plan_reply", right="serve")
async def plan_reply(desk: Desk, conversation_id: UUID, data: PlanReply) -> ConversationDetail:
    """Answer later. Refused as `reply` is, and 422 window_closes_before where the channel would let us write no more by
    then; 422 in_the_past, too_far."""
    send_at = senseful(data.send_at, "send_at")
    async with desk.transaction() as tx:
        content = await content_of(tx, data.content)
        await _refuse_what_could_not_go(tx, conversation_id, content, send_at)
        await conversations.plan(
            tx,
            conversation_id,
            id=data.id,
            content=content,
            agent_id=desk.agent_id,
            send_at=send_at,
            seen_seq=data.seen_seq,
            force=data.force,
            public=data.public,
            original=data.original,
            quotes=data.quotes,
        )
        detail = await views.conversation(tx, conversation_id, await desk.sight(tx))
    return as_it_is(detail and desk.signed(detail), ConversationDetail)


@patch("/conversations/{conversation_id:uuid}/planned/{planned_id:uuid}", operation_id="change_planned", right="serve")
async def change_planned(
    desk: Desk, conversation_id: UUID, planned_id: UUID, data: ChangePlanned
) -> ConversationDetail:
    """Say it otherwise, at another time, or now. 404 when it has been sent or cancelled."""
    send_at = senseful(data.send_at, "send_at")
    async with desk.transaction() as tx:
        standing = await conversations.find_plan(tx, conversation_id, planned_id)
        if standing is None:
            raise Refusal(404, "not_found")
        content = await content_of(tx, data.content) if data.content is not None else None
        at = tx.now if data.now else send_at or standing.send_at
        await _refuse_what_could_not_go(tx, conversation_id, content or standing.content, at)
        await conversations.change_plan(
            tx,
            conversation_id,
            planned_id,
            agent_id=desk.agent_id,
            content=content,
            send_at=at,
        )
        detail = await views.conversation(tx, conversation_id, await desk.sight(tx))
    return as_it_is(detail and desk.signed(detail), ConversationDetail)


@delete(
    "/conversations/{conversation_id:uuid}/planned/{planned_id:uuid}",
    operation_id="cancel_planned",
    right="serve",
    status_code=200,
)
async def cancel_planned(desk: Desk, conversation_id: UUID, planned_id: UUID) -> ConversationDetail:
    """It is not sent. 404 when it has been."""
    async with desk.transaction() as tx:
        await conversations.cancel_plan(tx, conversation_id, planned_id, agent_id=desk.agent_id)
        detail = await views.conversation(tx, conversation_id, await desk.sight(tx))
    return as_it_is(detail and desk.signed(detail), ConversationDetail)


async def _refuse_what_could_not_go(
    tx: Tx, conversation_id: UUID, content: contents.Content, at: datetime | None
) -> None:
    """The channel's limits, and its reply window as it will be then if nobody writes."""
    row = (await views.rows_by_id(tx, [conversation_id])).get(conversation_id)
    if row is None:
        raise Refusal(404, "not_found")
    possible = views.reply_of(row, tx)
    outside = contents.kind_of(content) in possible.outside
    if not possible.can and not outside:
        raise Refusal(422, possible.reason or "window_closed")
    window = possible.window
    if (
        at is not None
        and window is not None
        and possible.after_window == "none"
        and not outside
        and at > window.expires_at
    ):
        raise Refusal(422, "window_closes_before", more={"closes_at": window.expires_at.isoformat()})
    if row["channel"] in channels.all_channels() and (problem := conversations.fits(content, possible.sends)):
        raise Refusal(422, problem)


routes = [plan_reply, change_planned, cancel_planned]
