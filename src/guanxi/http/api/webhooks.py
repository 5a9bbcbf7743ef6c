"""Outgoing webhooks: who is told what, what became of it, and once more."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post

from guanxi import integrations, views
from guanxi.http.api.conversations import Cursor
from guanxi.http.api.given import as_it_is
from guanxi.http.api.shapes import Nothing
from guanxi.http.api.shapes_integrations import (
    Queued,
    Webhook,
    WebhookDeliveries,
    WebhookDelivery,
    WebhookDeliveryDetail,
    Webhooks,
    WebhookSecret,
)
from guanxi.http.auth import Desk
from guanxi.infra.sql import Tx

PAGE = 30
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Url = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
Kinds = Annotated[list[Annotated[str, msgspec.Meta(max_length=60)]], msgspec.Meta(max_length=100)]


class AddWebhook(msgspec.Struct, kw_only=True):
    name: Name
    url: Url
    kinds: Kinds


class ChangeWebhook(msgspec.Struct, kw_only=True):
    """`active` false pauses it: what waits stays, what happens meanwhile is not told."""

    name: Name | None = None
    url: Url | None = None
    kinds: Kinds | None = None
    active: bool | None = None


@get("/webhooks", operation_id="list_webhooks", right="integrations")
async def list_webhooks(desk: Desk) -> Webhooks:
    """All receivers of this workspace."""
    async with desk.reading() as tx:
        rows = await views.webhooks(tx)
    kinds = msgspec.json.encode(integrations.TELLABLE).decode()
    return as_it_is(f'{{"rows":{rows},"kinds":{kinds}}}'.encode(), Webhooks)


@post("/webhooks", operation_id="add_webhook", right="integrations")
async def add_webhook(desk: Desk, data: AddWebhook) -> WebhookSecret:
    """Tell a receiver what happens. Its secret is shown this once; with it the receiver checks our signature."""
    async with desk.transaction() as tx:
        id_, secret = await integrations.add_webhook(
            tx, name=data.name, url=data.url, kinds=data.kinds, sealer=desk.house.sealer, by=desk.agent_id
        )
        return await _with_secret(tx, id_, secret)


@patch("/webhooks/{webhook_id:uuid}", operation_id="change_webhook", right="integrations")
async def change_webhook(desk: Desk, webhook_id: UUID, data: ChangeWebhook) -> Webhook:
    """Change what is given; pause it or take it up again."""
    async with desk.transaction() as tx:
        await integrations.change_webhook(
            tx, webhook_id, by=desk.agent_id, name=data.name, url=data.url, kinds=data.kinds
        )
        if data.active is True:
            await integrations.resume_webhook(tx, webhook_id, by=desk.agent_id)
        if data.active is False:
            await integrations.pause_webhook(tx, webhook_id, by=desk.agent_id)
        return as_it_is((await views.webhook(tx, webhook_id) or "").encode() or None, Webhook)


@post("/webhooks/{webhook_id:uuid}/rotate", operation_id="rotate_webhook_secret", right="integrations", status_code=200)
async def rotate(desk: Desk, webhook_id: UUID) -> WebhookSecret:
    """A new secret, shown this once. For a day both sign, so that the receiver can change over."""
    async with desk.transaction() as tx:
        secret = await integrations.rotate_secret(tx, webhook_id, sealer=desk.house.sealer, by=desk.agent_id)
        return await _with_secret(tx, webhook_id, secret)


@post("/webhooks/{webhook_id:uuid}/test", operation_id="test_webhook", right="integrations", status_code=200)
async def test(desk: Desk, webhook_id: UUID) -> Queued:
    """Send an event that means nothing. The log shows what becomes of it."""
    async with desk.transaction() as tx:
        queued = Queued(await integrations.send_test(tx, webhook_id))
    desk.house.bus.wake("lanes")
    return queued


@delete("/webhooks/{webhook_id:uuid}", operation_id="remove_webhook", right="integrations", status_code=200)
async def remove(desk: Desk, webhook_id: UUID) -> Nothing:
    """It hears nothing more, and its log goes."""
    async with desk.transaction() as tx:
        await integrations.remove_webhook(tx, webhook_id, by=desk.agent_id)
    return Nothing()


@get("/webhooks/{webhook_id:uuid}/deliveries", operation_id="list_webhook_deliveries", right="integrations")
async def list_deliveries(desk: Desk, webhook_id: UUID, after: Cursor = None) -> WebhookDeliveries:
    """The log of thirty days, newest first."""
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise views.BadCursor
    async with desk.reading() as tx:
        if await views.webhook(tx, webhook_id) is None:
            raise integrations.NotFound(webhook_id)
        before = int(after) if after else (1 << 63) - 1
        text = await views.webhook_deliveries(tx, webhook_id, before=before, limit=PAGE + 1)
    rows = msgspec.json.decode(text, type=list[WebhookDelivery])
    return WebhookDeliveries(rows=rows[:PAGE], next=str(rows[PAGE - 1].seq) if len(rows) > PAGE else None)


@get(
    "/webhooks/{webhook_id:uuid}/deliveries/{delivery_id:uuid}", operation_id="get_webhook_delivery",
    right="integrations",
)  # fmt: skip
async def get_delivery(desk: Desk, webhook_id: UUID, delivery_id: UUID) -> WebhookDeliveryDetail:
    """What was sent, and what came back."""
    async with desk.revealing("reveal.webhook_delivery", "webhook", webhook_id) as tx:
        return as_it_is(await views.webhook_delivery(tx, webhook_id, delivery_id), WebhookDeliveryDetail)


@post(
    "/webhooks/{webhook_id:uuid}/deliveries/{delivery_id:uuid}/resend", operation_id="resend_webhook_delivery",
    right="integrations", status_code=200,
)  # fmt: skip
async def resend(desk: Desk, webhook_id: UUID, delivery_id: UUID) -> Queued:
    """The same body once more, as a delivery of its own behind all that wait."""
    async with desk.transaction() as tx:
        queued = Queued(await integrations.resend(tx, webhook_id, delivery_id))
    desk.house.bus.wake("lanes")
    return queued


async def _with_secret(tx: Tx, webhook_id: UUID, secret: str) -> WebhookSecret:
    return as_it_is(f'{{"secret":"{secret}","about":{await views.webhook(tx, webhook_id)}}}'.encode(), WebhookSecret)


routes = [
    list_webhooks, add_webhook, change_webhook, rotate, test, remove, list_deliveries, get_delivery, resend,
]  # fmt: skip
