"""Which pages a visitor looks at: whether we may know, and one after the other once we may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guanxi import inboxes
from guanxi.channel_kit.fields import text, web_address, whole
from guanxi.channel_kit.json import clean
from guanxi.channels import webchat
from guanxi.http.visitor_exchange import Exchange
from guanxi.http.visitor_limits import Limiter
from guanxi.http.visitor_turn import Problem
from guanxi.inboxes import Door


class Visits:
    """One per process. Every method checks what it is given and raises Problem."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._limiter = Limiter([(20, 60.0), (300, 3600.0)])

    async def take_consent(self, door: Door, body: Mapping[str, Any]) -> None:
        """Whether we may see which pages the visitor looks at; a no takes back an earlier yes, and all of it goes."""
        visitor = self._exchange.visitor(door, text(body, "visitor"))
        self._exchange.allow_typing(door, visitor)
        yes = body.get("yes") is True and door.settings.get("visits", "off") != "off"
        async with self._exchange.writing(door.workspace_id) as tx:
            if yes:
                words = clean(text(body, "words"))[:500]
                await inboxes.consent(tx, door.inbox_id, webchat.external_ids(visitor)[0], words)
            else:
                for external_id in webchat.external_ids(visitor):
                    await inboxes.withdraw(tx, door.inbox_id, external_id)

    async def take_visit(self, door: Door, body: Mapping[str, Any]) -> None:
        """One page that the visitor looks at. Counted before the database is asked: whoever tells of 10,000 a minute
        is heard twenty times."""
        visitor = self._exchange.visitor(door, text(body, "visitor"))
        wait = self._limiter.take(f"{door.inbox_id}|{visitor.id}", self._exchange.now())
        if wait:
            raise Problem(429, "too_fast", "So many pages nobody can read.", after=wait)
        address = web_address(body, "url")[:500]
        if not address:
            raise Problem(422, "no_address", "This is no page.")
        if door.settings.get("visits", "off") == "off":
            raise Problem(409, "no_consent", "Visits are not kept here.")
        seen = inboxes.Visit(
            url=address,
            title=" ".join(clean(text(body, "title")).split())[:200],
            came_from=web_address(body, "from")[:300],
            stayed=min(max(whole(body, "stayed"), 0), 86_400),
        )
        async with self._exchange.writing(door.workspace_id, durable=False) as tx:
            if not await inboxes.visit(tx, door.inbox_id, webchat.external_ids(visitor)[0], seen):
                raise Problem(409, "no_consent", "This visitor has not agreed.")
