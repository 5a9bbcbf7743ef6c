"""Drafts: what an agent has begun to write, on whichever device."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, put

from guanxi import conversations
from guanxi.conversations import Draft, DraftMode
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal


class KeepDraft(msgspec.Struct):
    """`version` is that of the draft that this one goes on from; 0 where there was none. An empty text: it was sent, or
    thrown away."""

    mode: DraftMode
    text: Annotated[str, msgspec.Meta(max_length=100_000)]
    version: Annotated[int, msgspec.Meta(ge=0, le=(1 << 62))] = 0


@get("/drafts", operation_id="list_drafts", right="look")
async def list_drafts(desk: Desk) -> list[Draft]:
    """One's own, the newest first."""
    async with desk.reading() as tx:
        return await conversations.drafts_of(tx, desk.agent_id)


@put("/conversations/{conversation_id:uuid}/draft", operation_id="keep_draft", right="serve")
async def keep_draft(desk: Desk, conversation_id: UUID, data: KeepDraft) -> Draft:
    """409 overwritten when another device has written since that version, with its `text` and `version`: put both together
    and keep that."""
    try:
        async with desk.transaction() as tx:
            return await conversations.keep_draft(
                tx, conversation_id, agent_id=desk.agent_id, mode=data.mode, text=data.text, version=data.version
            )
    except conversations.Overwritten as there:
        more: dict[str, str | int] = {"text": there.draft.text, "version": there.draft.version}
        raise Refusal(409, "overwritten", more=more) from there


routes = [list_drafts, keep_draft]
