"""What an account shows by itself: its menu, and codes to scan, for admins; and its approved templates."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import delete, get, post, put

from guanxi import channels, conversations, inboxes, views
from guanxi.channel_kit import (
    Channel,
    Code,
    CodeLimit,
    MaybeSent,
    MenuButton,
    MenuLimit,
    MenuProblem,
    NotSent,
    OfferedTemplate,
    limits_as_set,
)
from guanxi.http.api.shapes import Nothing
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal, not_found
from guanxi.inboxes import Door, wrong_with_menu
from guanxi.pipeline.lend import Lender

Short = Annotated[str, msgspec.Meta(max_length=200)]
Long = Annotated[str, msgspec.Meta(max_length=1100)]


class GivenButton(msgspec.Struct):
    label: Short = ""
    does: Annotated[str, msgspec.Meta(pattern="^(reply|url|mini_program)$")] = "reply"
    value: Long = ""
    app_id: Short = ""
    path: Long = ""
    children: Annotated[list[GivenChild], msgspec.Meta(max_length=10)] = []


class GivenChild(msgspec.Struct):
    label: Short = ""
    does: Annotated[str, msgspec.Meta(pattern="^(reply|url|mini_program)$")] = "reply"
    value: Long = ""
    app_id: Short = ""
    path: Long = ""


class WriteMenu(msgspec.Struct):
    """`version` is that of the menu that was changed; 0 when there was none."""

    buttons: Annotated[list[GivenButton], msgspec.Meta(max_length=10)]
    version: Annotated[int, msgspec.Meta(ge=0, le=(1 << 53))] = 0


class MenuView(msgspec.Struct, kw_only=True):
    """The menu as it is written, whether it is what the platform shows, and what is wrong with it at which button."""

    buttons: tuple[MenuButton, ...]
    is_published: bool
    published_at: datetime | None
    version: int
    limit: MenuLimit
    problems: tuple[MenuProblem, ...] = ()


class MakeCode(msgspec.Struct):
    """`days` 0: a permanent one."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    scene: Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern="^[^\\s\\x00-\\x1f]+$")]
    days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 0


class CodeView(msgspec.Struct, kw_only=True):
    id: UUID
    name: str
    scene: str
    address: str
    picture_url: str | None
    expires_at: datetime | None
    created_at: datetime


class Codes(msgspec.Struct):
    rows: list[CodeView]
    limit: CodeLimit


@get("/inboxes/{inbox_id:uuid}/menu", operation_id="get_menu", right="channels")
async def get_menu(desk: Desk, inbox_id: UUID) -> MenuView:
    """The standing menu of an account."""
    door, channel = await _door(desk, inbox_id)
    return await _menu(desk, door, channel)


@put("/inboxes/{inbox_id:uuid}/menu", operation_id="write_menu", right="channels")
async def write_menu(desk: Desk, inbox_id: UUID, data: WriteMenu) -> MenuView:
    """Keep the menu; nobody outside sees it yet. 409 stale when somebody else has written meanwhile."""
    door, channel = await _door(desk, inbox_id)
    if channel.publish_menu is None:
        raise not_found()
    buttons = msgspec.convert(msgspec.to_builtins(data.buttons), tuple[MenuButton, ...])
    async with desk.transaction() as tx:
        await inboxes.write_menu(tx, inbox_id, buttons, version=data.version, by=desk.agent_id)
    return await _menu(desk, door, channel)


@post("/inboxes/{inbox_id:uuid}/menu/publish", operation_id="publish_menu", right="channels", status_code=200)
async def publish_menu(desk: Desk, lender: Lender, inbox_id: UUID) -> MenuView:
    """Show the menu to everybody. When `problems` are named it is not shown, and the old one stays."""
    door, channel = await _door(desk, inbox_id)
    menu = await _menu(desk, door, channel)
    assert channel.publish_menu is not None
    if menu.problems:
        return menu
    try:
        refused = await channel.publish_menu(menu.buttons, lender.lend(door))
    except (NotSent, MaybeSent, TimeoutError) as error:
        raise Refusal(503, "platform_away", retry_after=5) from error
    if refused:
        return msgspec.structs.replace(menu, problems=refused)
    async with desk.transaction() as tx:
        await inboxes.menu_published(tx, inbox_id, menu.buttons, by=desk.agent_id)
    return await _menu(desk, door, channel)


@get("/inboxes/{inbox_id:uuid}/codes", operation_id="list_codes", right="channels")
async def list_codes(desk: Desk, inbox_id: UUID) -> Codes:
    """The codes that people scan to come here, newest first."""
    door, channel = await _door(desk, inbox_id)
    limit = limits_as_set(channel.manifest, door.settings).codes
    if limit is None:
        raise not_found()
    async with desk.reading() as tx:
        rows = await views.codes(tx, inbox_id)
    return Codes(rows=[_code_view(desk, row) for row in rows], limit=limit)


@post("/inboxes/{inbox_id:uuid}/codes", operation_id="make_code", right="channels")
async def make_code(desk: Desk, lender: Lender, inbox_id: UUID, data: MakeCode) -> Codes:
    """Have the platform make a code. 422 with its reason when it refuses."""
    door, channel = await _door(desk, inbox_id)
    limit = limits_as_set(channel.manifest, door.settings).codes
    if limit is None or channel.make_code is None:
        raise not_found()
    if limit.numbers and not (
        data.scene.isascii() and data.scene.isdecimal() and 1 <= int(data.scene) <= limit.numbers
    ):
        raise Refusal(422, "invalid", fields={"scene": "malformed"})
    if len(data.scene) > limit.scene:
        raise Refusal(422, "invalid", fields={"scene": "too_long"})
    if data.days > limit.days:
        raise Refusal(422, "invalid", fields={"days": "too_many"})
    try:
        made = await channel.make_code(data.scene, data.days, lender.lend(door))
    except (NotSent, MaybeSent, TimeoutError) as error:
        raise Refusal(503, "platform_away", retry_after=5) from error
    if not isinstance(made, Code):
        raise Refusal(422, "platform_refused", more={"reason": getattr(made, "reason", "")})
    stored = await desk.house.media.put(desk.who.workspace_id, made.picture, "code") if made.picture else None
    async with desk.transaction() as tx:
        if stored is not None:
            await conversations.keep_media(tx, stored)
        await inboxes.keep_code(
            tx,
            inbox_id,
            name=data.name.strip(),
            scene=data.scene,
            address=made.address,
            media_key=stored.key if stored else "",
            expires_at=tx.now + timedelta(seconds=made.seconds) if made.seconds else None,
            by=desk.agent_id,
        )
        rows = await views.codes(tx, inbox_id)
    return Codes(rows=[_code_view(desk, row) for row in rows], limit=limit)


@delete(
    "/inboxes/{inbox_id:uuid}/codes/{code_id:uuid}",
    operation_id="forget_code",
    right="channels",
    status_code=200,
)
async def forget_code(desk: Desk, inbox_id: UUID, code_id: UUID) -> Nothing:
    """Take a code out of the list. One that is printed goes on to work, without its name."""
    async with desk.transaction() as tx:
        await inboxes.forget_code(tx, inbox_id, code_id, by=desk.agent_id)
    return Nothing()


@get("/inboxes/{inbox_id:uuid}/templates", operation_id="list_templates", right="look")
async def list_templates(desk: Desk, lender: Lender, inbox_id: UUID) -> list[OfferedTemplate]:
    """The approved templates of an account, asked at the platform. 422 with its reason when it refuses."""
    door, channel = await _door(desk, inbox_id)
    if channel.templates is None:
        raise not_found()
    try:
        async with asyncio.timeout(10):
            found = await channel.templates(lender.lend(door))
    except (NotSent, MaybeSent, TimeoutError) as error:
        raise Refusal(503, "platform_away", retry_after=5) from error
    if isinstance(found, Sequence):
        return list(found)
    raise Refusal(422, "platform_refused", more={"reason": getattr(found, "reason", "")})


async def _door(desk: Desk, inbox_id: UUID) -> tuple[Door, Channel]:
    async with desk.reading() as tx:
        door = await inboxes.find_door(tx, inbox_id, desk.house.sealer)
    channel = channels.all_channels().get(door.channel) if door is not None and door.state != "removed" else None
    if door is None or channel is None:
        raise not_found()
    return door, channel


async def _menu(desk: Desk, door: Door, channel: Channel) -> MenuView:
    limit = limits_as_set(channel.manifest, door.settings).menu
    if limit is None:
        raise not_found()
    async with desk.reading() as tx:
        row = await views.menu(tx, door.inbox_id)
    buttons = msgspec.convert(row["buttons"] if row else [], tuple[MenuButton, ...])
    return MenuView(
        buttons=buttons,
        is_published=bool(row) and (row["published"] or []) == row["buttons"],
        published_at=row["published_at"] if row else None,
        version=row["version"] if row else 0,
        limit=limit,
        problems=wrong_with_menu(buttons, limit),
    )


def _code_view(desk: Desk, row: Any) -> CodeView:
    house, key = desk.house, row["media_key"]
    url = house.media.url(desk.who.workspace_id, key, house.clock()) if key else None
    return CodeView(
        id=row["id"],
        name=row["name"],
        scene=row["scene"],
        address=row["address"],
        picture_url=url.removeprefix(house.settings.public_url) if url else None,
        expires_at=row["expires_at"],
        created_at=row["created_at"],
    )


routes = [get_menu, write_menu, publish_menu, list_codes, make_code, forget_code, list_templates]
