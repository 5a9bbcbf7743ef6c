"""A visitor who waits chooses another way: to be called back, to be answered later, or to go on in another channel."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from guanxi import conversations, inboxes, routing, views
from guanxi.channel_kit import Crossing
from guanxi.channel_kit.fields import text
from guanxi.channels import webchat
from guanxi.channels.webchat import Visitor
from guanxi.house import House
from guanxi.http.visitor_exchange import Exchange
from guanxi.http.visitor_limits import Limiter
from guanxi.http.visitor_turn import Problem
from guanxi.inboxes import Door
from guanxi.infra.sql import Tx
from guanxi.pipeline import waits, ways
from guanxi.pipeline.lend import Lender

NOT_WAITING = Problem(409, "not_waiting", "Somebody is with you already.")


class Wishes:
    """One per process. Every method checks what it is given and raises Problem."""

    def __init__(self, house: House, exchange: Exchange, lender: Lender) -> None:
        self._house = house
        self._exchange = exchange
        self._lender = lender
        self._limiter = Limiter([(6, 60.0), (30, 3600.0)])

    async def take_wish(self, door: Door, body: Mapping[str, Any]) -> None:
        """`wish` is call_back, with a number, or later. His place is kept, and he is told so."""
        visitor = self._visitor(door, text(body, "visitor"))
        wish = text(body, "wish")
        if wish not in ("call_back", "later"):
            raise Problem(422, "no_wish", "One is called back or answered later.")
        phone = routing.phone_in(text(body, "phone")) if wish == "call_back" else ""
        if wish == "call_back" and not phone:
            raise Problem(422, "no_phone", "This is no telephone number.")
        async with self._exchange.writing(door.workspace_id) as tx:
            conversation_id = await self._waits(tx, door, visitor)
            if not await waits.choose(tx, conversation_id, "call_back" if phone else "later", phone):
                raise NOT_WAITING

    async def cross(self, door: Door, body: Mapping[str, Any]) -> dict[str, Any]:
        """The shop's accounts on other channels where the conversation in which he waits can go on; with the `place` that he
        has chosen, a code that takes him there, once and within half an hour."""
        visitor = self._visitor(door, text(body, "visitor"))
        tongue, chosen = conversations.tongue(text(body, "language")), text(body, "place")
        async with self._exchange.reading(door.workspace_id) as tx:
            conversation_id = await self._waits(tx, door, visitor)
            found = await self._elsewhere(tx, door, conversation_id)
            place = next((one for one in found if str(one.inbox_id) == chosen), None)
            there = await inboxes.find_door(tx, place.inbox_id, self._house.sealer) if place is not None else None
        if not chosen:
            shown = [(str(one.inbox_id), one.name, ways.called(one.channel, tongue)) for one in found]
            return {"places": [{"id": id_, "name": name, "channel": channel} for id_, name, channel in shown]}
        if place is None or there is None:
            raise Problem(422, "no_place", "There is no such place.")
        async with self._exchange.writing(door.workspace_id) as tx:
            try:
                code, until = await conversations.give_code(tx, conversation_id, by=None)
            except (conversations.NotFound, conversations.Refused) as error:
                raise NOT_WAITING from error
        opens: Any = Crossing()
        with contextlib.suppress(ways.Away):
            opens = await ways.address(self._house, self._lender, there, place.way, code)
        if not isinstance(opens, Crossing):
            opens = Crossing()  # the code alone takes him there, too
        return {
            "code": code,
            "address": opens.address,
            "picture": ways.picture(opens.scan),
            "expires_at": until.isoformat(),
        }

    def _visitor(self, door: Door, token: str) -> Visitor:
        visitor = self._exchange.visitor(door, token)
        wait = self._limiter.take(f"{door.inbox_id}|{visitor.id}", self._exchange.now())
        if wait:
            raise Problem(429, "too_fast", "One after the other, please.", after=wait)
        return visitor

    async def _waits(self, tx: Tx, door: Door, visitor: Visitor) -> UUID:
        """The conversation in which this visitor waits."""
        for external_id in webchat.external_ids(visitor):
            found = await views.current_conversation(tx, door.inbox_id, external_id)
            if found is not None and await routing.told_of_wait(tx, found) is not None:
                return found
        raise NOT_WAITING

    async def _elsewhere(self, tx: Tx, door: Door, conversation_id: UUID) -> list[ways.Place]:
        rows = await views.inboxes_besides(tx, conversation_id)
        offers = await routing.offers_elsewhere(tx)
        return [one for one in ways.places(rows) if one.channel != door.channel] if offers else []
