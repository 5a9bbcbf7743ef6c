"""What an account may still send this month, as its platform tells it."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import get

from guanxi import channels, inboxes
from guanxi.channel_kit import MaybeSent, NotSent
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal, not_found
from guanxi.pipeline.lend import Lender


class QuotaView(msgspec.Struct, kw_only=True):
    """`told` is false where the platform counts nothing or does not tell. `most` is null when there is no end."""

    told: bool
    used: int
    most: int | None


@get("/inboxes/{inbox_id:uuid}/quota", operation_id="read_quota", right="channels")
async def read_quota(desk: Desk, lender: Lender, inbox_id: UUID) -> QuotaView:
    """Asked at the platform now; 409 no_answer when it gives none."""
    async with desk.reading() as tx:
        door = await inboxes.find_door(tx, inbox_id, desk.house.sealer)
    if door is None or door.state == "removed":
        raise not_found()
    channel = channels.get(door.channel)
    if channel.quota is None:
        return QuotaView(told=False, used=0, most=None)
    try:
        quota = await channel.quota(lender.lend(door))
    except (NotSent, MaybeSent, TimeoutError) as error:
        raise Refusal(409, "no_answer") from error
    return QuotaView(told=quota is not None, used=quota.used if quota else 0, most=quota.most if quota else None)


routes = [read_quota]
