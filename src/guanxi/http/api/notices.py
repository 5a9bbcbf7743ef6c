"""Notices: what calls the signed-in agent. Everybody sees his own and no other's."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import Parameter

from guanxi import team, views
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes import Named, Nothing
from guanxi.http.auth import Desk
from guanxi.team import CallKind


class Notice(msgspec.Struct, kw_only=True):
    """Somebody named you in a note, or gave you a conversation. `text` is the note."""

    id: UUID
    kind: CallKind
    at: datetime
    read: bool
    conversation_id: UUID
    seq: int
    channel: str
    is_public: bool
    contact: Named
    by: Named | None
    text: str


class NoticePage(msgspec.Struct):
    """`unread` counts to a hundred."""

    rows: list[Notice]
    next: str | None
    unread: int


class ReadNotices(msgspec.Struct):
    """Those about one conversation, or (null) all."""

    conversation_id: UUID | None = None


@get("/notices", operation_id="list_notices", right="own")
async def list_notices(
    desk: Desk,
    after: Annotated[str | None, Parameter(query="after", max_length=200)] = None,
    limit: Annotated[int, Parameter(query="limit", ge=1, le=100)] = 30,
) -> NoticePage:
    """The newest first."""
    async with desk.reading() as tx:
        page = await views.notices(tx, desk.agent_id, after, limit, await desk.sight(tx))
        return as_it_is(page, NoticePage)


@post("/notices/read", operation_id="read_notices", right="own", status_code=200)
async def read_notices(desk: Desk, data: ReadNotices) -> Nothing:
    """They have been seen."""
    async with desk.transaction() as tx:
        await team.read_notices(tx, desk.agent_id, data.conversation_id)
    return Nothing()


routes = [list_notices, read_notices]
