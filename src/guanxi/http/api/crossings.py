"""A customer goes on with a conversation on another channel: where that is possible, the code for it, and when it was not he."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import delete, get, post

from guanxi import contacts, conversations, inboxes, views
from guanxi.channel_kit import Crossing, CrossingWay
from guanxi.http.api.shapes import Nothing
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal, not_found
from guanxi.inboxes import Door
from guanxi.pipeline import ways
from guanxi.pipeline.crossing_words import told
from guanxi.pipeline.lend import Lender


class CrossingPlace(msgspec.Struct, kw_only=True):
    """An account where the conversation can go on, and how its customer brings the code there."""

    inbox_id: UUID
    channel: str
    name: str
    way: CrossingWay


class GiveCrossing(msgspec.Struct):
    inbox_id: UUID


class CrossingView(msgspec.Struct, kw_only=True):
    """`text` is the whole word to the customer in his language; `picture` a code to scan, rows of 0 and 1, none where there
    is nothing to scan."""

    code: str
    address: str
    picture: list[str]
    text: str
    expires_at: datetime


@get("/conversations/{conversation_id:uuid}/crossings", operation_id="list_crossings", right="look")
async def list_crossings(desk: Desk, conversation_id: UUID) -> list[CrossingPlace]:
    """Where this conversation can go on: the other connected accounts on which a customer can bring a code."""
    async with desk.reading() as tx:
        await conversations.identity_of(tx, conversation_id)
        rows = await views.inboxes_besides(tx, conversation_id)
    return [place for row in rows if (place := _place(row)) is not None]


@post("/conversations/{conversation_id:uuid}/crossings", operation_id="give_crossing", right="serve")
async def give_crossing(desk: Desk, lender: Lender, conversation_id: UUID, data: GiveCrossing) -> CrossingView:
    """A code by which its customer goes on there, once and within half an hour. It is told nowhere else and not kept. 409
    resolved or is_public; 422 platform_refused where the platform makes no address."""
    async with desk.reading() as tx:
        await conversations.identity_of(tx, conversation_id)
        rows = {row["id"]: row for row in await views.inboxes_besides(tx, conversation_id)}
        place = _place(rows[data.inbox_id]) if data.inbox_id in rows else None
        door = await inboxes.find_door(tx, data.inbox_id, desk.house.sealer) if place else None
    if place is None or door is None:
        raise not_found()
    async with desk.transaction() as tx:
        code, until = await conversations.give_code(tx, conversation_id, by=desk.agent_id)
        asked = (await conversations.askable(tx, [conversation_id]))[0]
    found = await _address(desk, lender, door, place.way, code)
    tongue = conversations.tongue(*(one for one in (asked["language"], asked["house_language"]) if one))
    return CrossingView(
        code=code,
        address=found.address,
        picture=list(ways.picture(found.scan)),
        text=told(tongue, where=door.name, address=found.address, code=code),
        expires_at=until,
    )


@delete("/conversations/{conversation_id:uuid}/crossing", operation_id="undo_crossing", right="serve", status_code=200)
async def undo_crossing(desk: Desk, conversation_id: UUID) -> Nothing:
    """Somebody else came here with the code: he is a contact of his own again, and the conversation that he went on with is
    open where it was. 404 where nobody came by a code."""
    async with desk.transaction() as tx:
        identity_id, together = await conversations.part(tx, conversation_id, by=desk.agent_id)
        if together:
            await contacts.part_from(tx, identity_id, by=desk.agent_id)
    return Nothing()


def _place(row: Any) -> CrossingPlace | None:
    way = ways.way_to(row)
    return CrossingPlace(inbox_id=row["id"], channel=row["channel"], name=row["name"], way=way) if way else None


async def _address(desk: Desk, lender: Lender, door: Door, way: CrossingWay, code: str) -> Crossing:
    try:
        found = await ways.address(desk.house, lender, door, way, code)
    except ways.Away as error:
        raise Refusal(503, "platform_away", retry_after=5) from error
    if isinstance(found, Crossing):
        return found
    raise Refusal(422, "platform_refused", more={"reason": getattr(found, "reason", "")})


routes = [list_crossings, give_crossing, undo_crossing]
