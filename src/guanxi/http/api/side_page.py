"""The side bar inside WeCom: what lets our page ask the app's script whom one writes with."""

from __future__ import annotations

import asyncio
import secrets
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import Parameter

from guanxi import channels, inboxes
from guanxi.channel_kit import MaybeSent, NotSent, PageSignature
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal, not_found
from guanxi.pipeline.lend import Lender

PATIENCE = 20  # seconds that the platform has for its keys


@get("/inboxes/{inbox_id:uuid}/wecom-signature", operation_id="sign_side_page", right="look")
async def sign_side_page(
    desk: Desk, lender: Lender, inbox_id: UUID, url: Annotated[str, Parameter(max_length=1000)] = ""
) -> PageSignature:
    """Sign our own page /sidebar at `url`, as the browser has it and without a fragment; no other page is signed.
    422 platform_refused says why there is no signature."""
    async with desk.reading() as tx:
        door = await inboxes.find_door(tx, inbox_id, desk.house.sealer)
    channel = channels.all_channels().get(door.channel) if door is not None and door.state != "removed" else None
    if door is None or channel is None or channel.page_signature is None:
        raise not_found()
    ours = f"{desk.house.settings.public_url}/sidebar"
    if "#" in url or not (url == ours or url.startswith(f"{ours}?")):
        raise Refusal(422, "invalid", fields={"url": "foreign"})
    now = int(desk.house.clock().timestamp())
    try:
        async with asyncio.timeout(PATIENCE):
            signed = await channel.page_signature(url, now, secrets.token_hex(8), lender.lend(door))
    except (NotSent, MaybeSent, TimeoutError) as error:
        raise Refusal(503, "platform_away", retry_after=5) from error
    if isinstance(signed, PageSignature):
        return signed
    raise Refusal(422, "platform_refused", more={"reason": getattr(signed, "reason", "")})


routes = [sign_side_page]
