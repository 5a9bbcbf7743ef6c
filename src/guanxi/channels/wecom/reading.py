"""What each kind of WeCom message says. Kinds that the platform added later are kept by their name and their title.

Facts: the platform's page on receiving messages of customer service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from guanxi.channel_kit.fields import branch, identifier, items, number, text, web_address
from guanxi.content import (
    Card,
    Chosen,
    Content,
    File,
    Image,
    Link,
    Location,
    Media,
    MiniProgram,
    Text,
    Unsupported,
    Video,
    Voice,
    as_text,
)

MOST_LINES = 50  # of a forwarded chat
TITLES = ("title", "name", "nickname", "subject", "summary")


def content_of(kind: str, message: Mapping[str, Any]) -> Content:
    """The message's content; what cannot be read says what it is."""
    said = branch(message, kind)
    read = KINDS.get(kind)
    return (read(said) if read else None) or Unsupported(what=kind, text=_title(said))


def as_words(kind: str, message: Mapping[str, Any]) -> str:
    """What somebody wrote in the WeCom app, for a line in the thread."""
    if kind == "msgmenu":
        said = branch(message, kind)
        return "\n".join(part for part in (text(said, "head_content"), text(said, "tail_content")) if part)[:2000]
    return as_text(content_of(kind, message))[:2000]


def _text(said: Mapping[str, Any]) -> Content:
    tapped = identifier(said, "menu_id")
    return Chosen(text(said, "content"), id=tapped) if tapped else Text(text(said, "content"))


def _media(said: Mapping[str, Any], *, name: str = "", kind: str = "") -> Media:
    handle = identifier(said, "media_id")
    return Media(remote=handle, name=name, type=kind, problem="" if handle else "not_offered")


def _image(said: Mapping[str, Any]) -> Content:
    return Image(_media(said))


def _voice(said: Mapping[str, Any]) -> Content:
    return Voice(_media(said, kind="audio/amr"))


def _video(said: Mapping[str, Any]) -> Content:
    return Video(_media(said))


def _file(said: Mapping[str, Any]) -> Content:
    return File(_media(said, name=text(said, "title") or text(said, "filename")))


def _location(said: Mapping[str, Any]) -> Content | None:
    latitude, longitude = number(said, "latitude"), number(said, "longitude")
    if latitude is None or longitude is None:
        return None
    return Location(latitude, longitude, title=text(said, "name").strip(), address=text(said, "address").strip())


def _link(said: Mapping[str, Any]) -> Content | None:
    url = web_address(said, "url")
    return Link(url, title=text(said, "title"), text=text(said, "desc")) if url else None


def _mini_program(said: Mapping[str, Any]) -> Content | None:
    app_id, picture = identifier(said, "appid"), identifier(said, "thumb_media_id")
    if not app_id:
        return None
    path = text(said, "pagepath")[:1024]
    return MiniProgram(text(said, "title"), app_id, path=path, media=Media(remote=picture) if picture else None)


def _business_card(said: Mapping[str, Any]) -> Content | None:
    person = identifier(said, "userid")
    return Card(person) if person else None


def _product(said: Mapping[str, Any]) -> Content | None:
    lines = (text(said, "sales_price"), text(said, "shop_nickname"), text(said, "product_id"))
    return _card(text(said, "title"), lines, web_address(said, "head_image"))


def _order(said: Mapping[str, Any]) -> Content | None:
    names = ("order_id", "state", "price_wording", "shop_nickname")
    return _card(text(said, "product_titles"), [text(said, name) for name in names], web_address(said, "image_url"))


def _channels(said: Mapping[str, Any]) -> Content | None:
    return _card(text(said, "title") or text(said, "nickname"), (text(said, "nickname"),), "")


def _card(title: str, lines: Any, picture: str) -> Content | None:
    words = "\n".join(line for line in lines if line and line != title)
    return Card(title, text=words, media=Media(remote=picture) if picture else None) if title else None


def _merged(said: Mapping[str, Any]) -> Content | None:
    """A forwarded chat: who said what, line by line."""
    lines = [f"{text(one, 'sender_name')}: {_inner(one)}" for one in items(said, "item")[:MOST_LINES]]
    title = text(said, "title")
    return Card(title or lines[0], text="\n".join(lines)) if title or lines else None


def _inner(one: Any) -> str:
    """An item's content is JSON written as text."""
    kind = text(one, "msgtype")
    try:
        told = msgspec.json.decode(text(one, "msg_content").encode())
    except (msgspec.DecodeError, RecursionError):
        return f"[{kind}]"
    return text(told, "text", "content") or text(told, "content") or f"[{kind}]"


def _title(said: Mapping[str, Any]) -> str:
    return next((text(said, name) for name in TITLES if text(said, name)), "")[:500]


KINDS: Mapping[str, Callable[[Mapping[str, Any]], Content | None]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "file": _file,
    "location": _location,
    "link": _link,
    "miniprogram": _mini_program,
    "business_card": _business_card,
    "channels_shop_product": _product,
    "channels_shop_order": _order,
    "channels": _channels,
    "merged_msg": _merged,
}
