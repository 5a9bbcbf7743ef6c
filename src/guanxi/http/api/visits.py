"""The trajectory of a contact: which pages of the shop it looked at, as far as it agreed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import get

from guanxi import views
from guanxi.http.api.given import as_it_is
from guanxi.http.auth import Desk


class PageVisit(msgspec.Struct):
    """`seconds` that it was looked at; 0 when that is not known yet."""

    at: datetime
    url: str
    title: str
    came_from: str
    seconds: int


class PageVisits(msgspec.Struct):
    """`consented_at` is null without consent, and then there are none."""

    consented_at: datetime | None
    rows: list[PageVisit]


@get("/contacts/{contact_id:uuid}/visits", operation_id="list_visits", right="look")
async def list_visits(desk: Desk, contact_id: UUID) -> PageVisits:
    """The latest pages, newest first."""
    async with desk.reading() as tx:
        return as_it_is(await views.visits(tx, contact_id), PageVisits)


routes = [list_visits]
