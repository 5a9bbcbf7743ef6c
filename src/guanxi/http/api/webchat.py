"""Web chat's own page in an inbox's settings: the form before the first word, and when the chat speaks first."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import get, put

from guanxi import inboxes
from guanxi.channels import webchat
from guanxi.channels.webchat import WebChatSetup
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal, not_found
from guanxi.infra.sql import Tx


@get("/inboxes/{inbox_id:uuid}/web-chat", operation_id="get_web_chat", right="channels")
async def get_web_chat(desk: Desk, inbox_id: UUID) -> WebChatSetup:
    """What is arranged."""
    async with desk.reading() as tx:
        return await _setup(desk, tx, inbox_id)


@put("/inboxes/{inbox_id:uuid}/web-chat", operation_id="arrange_web_chat", right="channels")
async def arrange_web_chat(desk: Desk, inbox_id: UUID, data: WebChatSetup) -> WebChatSetup:
    """Arrange it anew. 422 invalid names the parts that are wrong."""
    wrong = webchat.problems(data)
    if wrong:
        raise Refusal(422, "invalid", fields=wrong)
    async with desk.transaction() as tx:
        await _setup(desk, tx, inbox_id)
        await inboxes.arrange(tx, inbox_id, msgspec.to_builtins(data), by=desk.agent_id)
        return await _setup(desk, tx, inbox_id)


async def _setup(desk: Desk, tx: Tx, inbox_id: UUID) -> WebChatSetup:
    door = await inboxes.find_door(tx, inbox_id, desk.house.sealer)
    if door is None or door.state == "removed" or door.channel != "webchat":
        raise not_found()
    return webchat.read_setup(door.extras)


routes = [get_web_chat, arrange_web_chat]
