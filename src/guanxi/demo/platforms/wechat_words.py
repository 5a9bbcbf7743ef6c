"""Customers of the simulated WeChat: who they are, how their phone looks, and what they write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guanxi.content import Content, Image, Link, Location, MiniProgram, Text, Unsupported, Voice
from guanxi.demo.platforms import phone
from guanxi.demo.platforms.asgi import Response, as_json

# keeps a file under a handle: (name, body, type) → handle
Keep = Callable[[str, bytes, str], str]


LOOK = phone.Look(
    key="wechat", title={"zh": "微信上的顾客", "en": "A customer on WeChat"}, ground="#ededed", bar="#f7f7f7", ink="#191919",
    mine="#a9e87a", theirs="#ffffff", accent="#2a8f4e",
)  # fmt: skip


@dataclass(slots=True)
class Customer:
    """A person on WeChat. `got` is the ledger of what reached the phone, duplicates and all."""

    openid: str
    name: str
    unionid: str
    follows: bool = True
    writing_until: float = 0.0
    windows: dict[str, tuple[int, float]] = field(default_factory=dict)
    got: list[dict[str, Any]] = field(default_factory=list)
    bubbles: list[phone.Bubble] = field(default_factory=list)


def refusal(errcode: int, errmsg: str) -> Response:
    """WeChat and WeCom say everything with HTTP 200, also `ok`."""
    return as_json({"errcode": errcode, "errmsg": errmsg})


def handed_out(files: Mapping[str, tuple[str, bytes, str]], media_id: str) -> Response:
    """A kept file, by its media id."""
    if media_id not in files:
        return refusal(40007, "invalid media_id")
    _, body, kind = files[media_id]
    return Response(body=body, type=kind, headers={"content-disposition": 'attachment; filename="file"'})


def written(content: Content, file: bytes, keep: Keep, at: float) -> tuple[dict[str, Any], phone.Bubble]:
    def bubble(text: str, picture: str = "") -> phone.Bubble:
        return phone.Bubble(mine=True, text=text, picture=picture, at=at)

    match content:
        case Text(text=said):
            return {"MsgType": "text", "Content": said}, bubble(said)
        case Image(media=media):
            handle = keep(media.name or "photo.png", file, media.type or "image/png")
            return {"MsgType": "image", "PicUrl": "", "MediaId": handle}, bubble("", f"/media/{handle}")
        case Voice(media=media, text=heard):
            handle = keep(media.name or "voice.amr", file, media.type or "audio/amr")
            fields = {"MsgType": "voice", "MediaId": handle, "Format": "amr", "Recognition": heard}
            return fields, bubble(f"🎙 {heard}")
        case Location(latitude=latitude, longitude=longitude, address=address):
            place = {"Location_X": latitude, "Location_Y": longitude, "Scale": 16, "Label": address}
            return {"MsgType": "location", **place}, bubble(f"📍 {address}")
        case Link(url=url, title=title, text=description):
            return {"MsgType": "link", "Title": title, "Description": description, "Url": url}, bubble(f"🔗 {title}")
        case MiniProgram(title=title, app_id=app_id, path=path):
            handle = keep("card.png", file, "image/png") if file else ""
            card = {"Title": title, "AppId": app_id, "PagePath": path, "ThumbUrl": "", "ThumbMediaId": handle}
            return {"MsgType": "miniprogrampage", **card}, bubble(f"🧩 {title}")
        case Unsupported(what=what, text=title):
            return {"MsgType": what, "Title": title}, bubble(f"🧩 {title}")
        case _:
            raise ValueError(f"the simulated customer cannot send {content!r}")
