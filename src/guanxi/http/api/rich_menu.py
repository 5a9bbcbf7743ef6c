"""LINE's rich menu in an inbox's settings: drawn up, published with its picture, taken away."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

import msgspec
from litestar import get, post, put

from guanxi import inboxes, views
from guanxi.channel_kit import MaybeSent, NotSent
from guanxi.channels import line
from guanxi.channels.line import MenuRefused, Published, RichMenu
from guanxi.content import Media
from guanxi.http.auth import Desk
from guanxi.http.errors import Refusal, not_found
from guanxi.inboxes import Door
from guanxi.infra.sql import Tx
from guanxi.pipeline.lend import Lender


class RichMenuView(msgspec.Struct, kw_only=True):
    """`menu` is what is drawn up, null before the first time; `published_at` since when customers see one, and `differs`
    when that one is not what is drawn up."""

    menu: RichMenu | None
    picture_url: str
    width: int
    height: int
    published_at: str | None
    differs: bool


class _Kept(NamedTuple):
    door: Door
    menu: RichMenu | None
    shown: Published | None
    picture: Media | None


@get("/inboxes/{inbox_id:uuid}/rich-menu", operation_id="get_rich_menu", right="channels")
async def get_rich_menu(desk: Desk, inbox_id: UUID) -> RichMenuView:
    """What is drawn up, and whether it is what customers see."""
    async with desk.reading() as tx:
        return _view(desk, await _kept(desk, tx, inbox_id))


@put("/inboxes/{inbox_id:uuid}/rich-menu", operation_id="draw_rich_menu", right="channels")
async def draw_rich_menu(desk: Desk, inbox_id: UUID, data: RichMenu) -> RichMenuView:
    """Draw it up anew. Nobody sees it before it is published. 422 invalid names what the platform would refuse."""
    async with desk.transaction() as tx:
        kept = await _kept(desk, tx, inbox_id)
        wrong = line.problems(data, await views.kept_file(tx, data.picture))
        if wrong:
            raise Refusal(422, "invalid", fields=wrong)
        await inboxes.arrange(tx, inbox_id, line.kept(data, kept.shown), by=desk.agent_id)
        return _view(desk, await _kept(desk, tx, inbox_id))


@post("/inboxes/{inbox_id:uuid}/rich-menu/publish", operation_id="publish_rich_menu", right="channels", status_code=200)
async def publish_rich_menu(desk: Desk, lender: Lender, inbox_id: UUID) -> RichMenuView:
    """Show to everybody what is drawn up, instead of what was shown before. 409 menu_refused has the platform's own
    sentence in `detail`."""
    async with desk.reading() as tx:
        kept = await _kept(desk, tx, inbox_id)
    if kept.menu is None or kept.picture is None:
        raise not_found()
    access = lender.lend(kept.door)
    try:
        body = await desk.house.media.read(desk.who.workspace_id, kept.menu.picture)
        menu_id = await line.publish(kept.menu, kept.picture, body, access)
    except MenuRefused as refused:
        raise Refusal(409, "menu_refused", more={"detail": str(refused)[:300]}) from refused
    except (NotSent, MaybeSent, TimeoutError, FileNotFoundError) as error:
        raise Refusal(409, "no_answer") from error
    shown = Published(id=menu_id, at=desk.house.clock().isoformat(), menu=kept.menu)
    async with desk.transaction() as tx:
        now = await _kept(desk, tx, inbox_id)
        await inboxes.arrange(tx, inbox_id, line.kept(now.menu, shown), by=desk.agent_id)
        view = _view(desk, await _kept(desk, tx, inbox_id))
    if now.shown is not None:
        await line.withdraw(now.shown.id, access)
    return view


@post(
    "/inboxes/{inbox_id:uuid}/rich-menu/withdraw", operation_id="withdraw_rich_menu", right="channels", status_code=200
)
async def withdraw_rich_menu(desk: Desk, lender: Lender, inbox_id: UUID) -> RichMenuView:
    """Show none. What is drawn up stays."""
    async with desk.reading() as tx:
        kept = await _kept(desk, tx, inbox_id)
    if kept.shown is not None and not await line.withdraw(kept.shown.id, lender.lend(kept.door)):
        raise Refusal(409, "no_answer")
    async with desk.transaction() as tx:
        now = await _kept(desk, tx, inbox_id)
        await inboxes.arrange(tx, inbox_id, line.kept(now.menu, None), by=desk.agent_id)
        return _view(desk, await _kept(desk, tx, inbox_id))


async def _kept(desk: Desk, tx: Tx, inbox_id: UUID) -> _Kept:
    door = await inboxes.find_door(tx, inbox_id, desk.house.sealer)
    if door is None or door.state == "removed" or door.channel != "line":
        raise not_found()
    menu, shown = line.read_menu(door.extras)
    return _Kept(door, menu, shown, await views.kept_file(tx, menu.picture) if menu else None)


def _view(desk: Desk, kept: _Kept) -> RichMenuView:
    picture = kept.picture
    url = desk.house.media.url(desk.who.workspace_id, picture.key, desk.house.clock()) if picture else ""
    return RichMenuView(
        menu=kept.menu,
        picture_url=url.removeprefix(desk.house.settings.public_url),
        width=picture.width if picture else 0,
        height=picture.height if picture else 0,
        published_at=kept.shown.at if kept.shown else None,
        differs=kept.shown is not None and kept.shown.menu != kept.menu,
    )


routes = [get_rich_menu, draw_rich_menu, publish_rich_menu, withdraw_rich_menu]
