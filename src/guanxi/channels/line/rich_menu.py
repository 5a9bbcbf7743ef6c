"""The rich menu: a picture below the chat whose areas can be tapped. Drawn up in the settings, then published.

Facts: the Messaging API reference on rich menus (create, upload the image, set the default, delete).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec

from guanxi.channel_kit import Access, Answer, MaybeSent, NotSent
from guanxi.channel_kit.fields import identifier, web_address
from guanxi.channels.line.asking import ask, base, bearer, complaint
from guanxi.content import Media

# How many areas stand in each row.
LAYOUTS: Mapping[str, tuple[int, ...]] = {
    "1": (1,), "2": (2,), "3": (3,), "1-2": (1, 2), "1-3": (1, 3), "2-2": (2, 2), "3-3": (3, 3),
}  # fmt: skip
NARROWEST, WIDEST, LOWEST, FLATTEST, LARGEST = 800, 2500, 250, 1.45, 1024 * 1024
LONGEST_BAR, LONGEST_NAME, LONGEST_LABEL, LONGEST_ADDRESS, LONGEST_TEXT = 14, 300, 20, 1000, 300
Words = Annotated[str, msgspec.Meta(max_length=1000)]


class MenuAction(msgspec.Struct, kw_only=True):
    """What tapping an area does: opens a page, or says a text in the customer's name. `label` is read aloud."""

    label: Words
    does: Literal["url", "say"]
    value: Words


class RichMenu(msgspec.Struct, kw_only=True):
    """`bar` is what stands on the bar that opens it; `picture` is the key of a kept file."""

    name: Words
    bar: Words
    is_open: bool = True
    layout: Literal["1", "2", "3", "1-2", "1-3", "2-2", "3-3"]
    picture: Annotated[str, msgspec.Meta(max_length=60)]
    actions: Annotated[list[MenuAction], msgspec.Meta(max_length=6)]


class Published(msgspec.Struct, kw_only=True):
    """The menu that customers see, under the platform's id for it, and since when."""

    id: str
    at: str
    menu: RichMenu


class MenuRefused(Exception):
    """The platform does not take the menu; the argument is its own sentence, or a code of ours."""


def read_menu(extras: Mapping[str, Any]) -> tuple[RichMenu | None, Published | None]:
    """What is drawn up, and what is published, out of what an inbox keeps."""
    drawn, shown = extras.get("rich_menu"), extras.get("published")
    return (
        msgspec.convert(drawn, RichMenu) if drawn else None,
        msgspec.convert(shown, Published) if shown else None,
    )


def kept(menu: RichMenu | None, shown: Published | None) -> dict[str, Any]:
    """The same, as an inbox keeps it."""
    return {"rich_menu": msgspec.to_builtins(menu), "published": msgspec.to_builtins(shown)}


def problems(menu: RichMenu, picture: Media | None) -> dict[str, str]:
    """What the platform would not accept, as {field: code}; areas are named `action.0.label`."""
    wrong: dict[str, str] = {}
    for field, said, longest in (("name", menu.name, LONGEST_NAME), ("bar", menu.bar, LONGEST_BAR)):
        if not said.strip():
            wrong[field] = "missing"
        elif _units(said) > longest:
            wrong[field] = "too_long"
    if problem := _wrong_picture(picture):
        wrong["picture"] = problem
    if len(menu.actions) != sum(LAYOUTS[menu.layout]):
        wrong["actions"] = "count"
    for number, action in enumerate(menu.actions):
        wrong |= {f"action.{number}.{field}": code for field, code in _wrong_action(action).items()}
    return wrong


def _wrong_action(action: MenuAction) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not action.label.strip():
        wrong["label"] = "missing"
    elif _units(action.label) > LONGEST_LABEL:
        wrong["label"] = "too_long"
    if not action.value.strip():
        wrong["value"] = "missing"
    elif action.does == "url" and not web_address({"url": action.value}, "url"):
        wrong["value"] = "address"
    elif _units(action.value) > (LONGEST_ADDRESS if action.does == "url" else LONGEST_TEXT):
        wrong["value"] = "too_long"
    return wrong


def _wrong_picture(picture: Media | None) -> str:
    if picture is None:
        return "missing"
    if picture.type not in ("image/png", "image/jpeg"):
        return "type"
    if picture.size > LARGEST:
        return "too_large"
    fits = NARROWEST <= picture.width <= WIDEST and picture.height >= LOWEST
    return "" if fits and picture.width / picture.height >= FLATTEST else "shape"


def _units(said: str) -> int:
    return len(said.encode("utf-16-le", "replace")) // 2


def areas(layout: str, width: int, height: int) -> list[dict[str, int]]:
    """The places of the areas in pixels: rows of equal height, each parted evenly, nothing left over."""
    rows = LAYOUTS[layout]
    found = []
    for row, columns in enumerate(rows):
        top, bottom = height * row // len(rows), height * (row + 1) // len(rows)
        for column in range(columns):
            left, right = width * column // columns, width * (column + 1) // columns
            found.append({"x": left, "y": top, "width": right - left, "height": bottom - top})
    return found


async def publish(menu: RichMenu, picture: Media, body: bytes, access: Access) -> str:
    """Show this menu to everybody: create it, give it its picture, make it the default. Returns the platform's id.

    Raises MenuRefused, NotSent or MaybeSent; what was begun is taken away again.
    """
    places = areas(menu.layout, picture.width, picture.height)
    drawn = {
        "size": {"width": picture.width, "height": picture.height},
        "selected": menu.is_open,
        "name": menu.name,
        "chatBarText": menu.bar,
        "areas": [{"bounds": at, "action": _action(one)} for at, one in zip(places, menu.actions, strict=True)],
    }
    made = _taken(await ask(access, "POST", "/v2/bot/richmenu", drawn))
    menu_id = identifier(made.json(), "richMenuId")
    if not menu_id:
        raise MenuRefused("no_id")
    try:
        address = f"{base(access, 'data_base')}/v2/bot/richmenu/{quote(menu_id, safe='')}/content"
        headers = {**bearer(access), "content-type": picture.type}
        _taken(await access.http("POST", address, headers=headers, body=body))
        _taken(await ask(access, "POST", f"/v2/bot/user/all/richmenu/{quote(menu_id, safe='')}"))
    except (MenuRefused, NotSent, MaybeSent):
        await withdraw(menu_id, access)
        raise
    return menu_id


async def withdraw(menu_id: str, access: Access) -> bool:
    """Take a menu away; nobody sees it any more. Gone already is as good. False when the platform did not answer."""
    try:
        answer = await ask(access, "DELETE", f"/v2/bot/richmenu/{quote(menu_id, safe='')}")
    except (NotSent, MaybeSent):
        return False
    return answer.status in (200, 404)


def _action(action: MenuAction) -> dict[str, str]:
    if action.does == "url":
        return {"type": "uri", "label": action.label, "uri": action.value}
    return {"type": "message", "label": action.label, "text": action.value}


def _taken(answer: Answer) -> Answer:
    if answer.status != 200:
        raise MenuRefused(complaint(answer) or f"status {answer.status}")
    return answer
