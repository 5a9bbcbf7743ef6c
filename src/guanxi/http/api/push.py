"""Being called while the desk is closed: what a browser needs to subscribe, and this device turned on and off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request, get, post

from guanxi import team
from guanxi.conversations import Language
from guanxi.http.api.proof import came_of
from guanxi.http.api.shapes import Nothing
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal
from guanxi.infra import web_push

Minute = Annotated[int, msgspec.Meta(ge=0, le=1439)]


class PushKey(msgspec.Struct):
    """The installation's public key, as `applicationServerKey` takes it."""

    key: str


class PushHere(msgspec.Struct, kw_only=True):
    """A browser's subscription, and how its owner wants to be called. Quiet hours are minutes of the day."""

    endpoint: Annotated[str, msgspec.Meta(max_length=2000)]
    p256dh: Annotated[str, msgspec.Meta(max_length=200)]
    auth: Annotated[str, msgspec.Meta(max_length=100)]
    language: Language
    time_zone: Annotated[str, msgspec.Meta(max_length=64)]
    shows_text: bool = False
    quiet_from: Minute | None = None
    quiet_to: Minute | None = None


class PushOff(msgspec.Struct):
    endpoint: Annotated[str, msgspec.Meta(max_length=2000)]


@get("/push", operation_id="get_push_key", right="own")
async def get_push_key(desk: Desk) -> PushKey:
    """With this key a browser subscribes at its push service."""
    return PushKey(web_push.url64(web_push.public_bytes(web_push.house_key(desk.house.sealer))))


@post("/push", operation_id="push_here", right="own", status_code=200)
async def push_here(desk: Desk, request: Request[Any, Any, Any], data: PushHere) -> Nothing:
    """Call me on this device as well, until this sign-in ends. Again, to say how."""
    key, secret = _raw(data.p256dh), _raw(data.auth)
    fields = {}
    if not web_push.is_device_key(key):
        fields["p256dh"] = "malformed"
    if len(secret) != 16:
        fields["auth"] = "malformed"
    if not _may_be_called(data.endpoint, desk.house.settings.private_hosts_allowed):
        fields["endpoint"] = "malformed"
    if fields:
        raise Refusal(422, "invalid", fields=fields)
    device = team.PushDevice(
        endpoint=data.endpoint,
        key=key,
        secret=secret,
        device=came_of(desk.house, request).device,
        language=data.language,
        time_zone=data.time_zone,
        shows_text=data.shows_text,
        quiet_from=data.quiet_from,
        quiet_to=data.quiet_to,
    )
    async with desk.transaction() as tx:
        await team.add_device(tx, desk.agent_id, desk.who.sign_in, device, desk.house.sealer)
    return Nothing()


@post("/push/off", operation_id="push_off", right="own", status_code=200)
async def push_off(desk: Desk, data: PushOff) -> Nothing:
    """Call me on this device no more."""
    async with desk.transaction() as tx:
        await team.remove_device(tx, desk.agent_id, data.endpoint)
    return Nothing()


def _raw(text: str) -> bytes:
    try:
        return web_push.raw64(text)
    except ValueError:
        return b""


def _may_be_called(endpoint: str, allowed: Sequence[str]) -> bool:
    """Push services are https; only what the installation allows by name may be anything else."""
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.netloc in allowed))


routes = [get_push_key, push_here, push_off]
