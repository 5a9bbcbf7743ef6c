"""Customers of the simulated WeCom customer service: who they are, what they write, and how their phone looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guanxi.content import Content, File, Image, Link, Location, MiniProgram, Text, Video, Voice
from guanxi.demo.platforms import phone
from guanxi.demo.platforms.asgi import Call, Response, as_json

Keep = Callable[[str, bytes, str], str]
KINDS = ("text", "image", "voice", "video", "file", "link", "miniprogram", "msgmenu", "location")

LOOK = phone.Look(
    key="wecom", title={"zh": "微信客服的顾客", "en": "A customer of WeChat customer service"}, ground="#ededed", bar="#f6f7f9",
    ink="#191919", mine="#a9e87a", theirs="#ffffff", accent="#2456a6",
)  # fmt: skip


@dataclass(slots=True)
class Customer:
    """A person who writes to one account. `got` is the ledger of what reached the phone; `state` is the session's."""

    person: str
    name: str
    kfid: str
    unionid: str
    state: int = 0
    servicer: str = ""
    left: int = 0
    until: float = 0.0
    welcomed: float = 0.0
    got: list[dict[str, Any]] = field(default_factory=list)
    bubbles: list[phone.Bubble] = field(default_factory=list)


@dataclass(slots=True)
class Kept:
    """What the platform must not forget: customers, files, and everything that sync_msg tells, by account."""

    customers: dict[str, Customer] = field(default_factory=dict)
    servicers: dict[str, str] = field(default_factory=lambda: {"LiSi": "李四"})  # their ids and names
    files: dict[str, tuple[str, bytes, str]] = field(default_factory=dict)
    told: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    sent: dict[str, tuple[str, float]] = field(default_factory=dict)  # msgid → (person, when)


def page_key(call: Call) -> Response:
    """What a page in the side bar is signed with: one key of the corporation, one of the app."""
    key = "key-of-the-app" if call.query.get("type") == "agent_config" else "key-of-the-corporation"
    return as_json({"errcode": 0, "errmsg": "ok", "ticket": key, "expires_in": 7200})


def written(content: Content, file: bytes, keep: Keep, at: float) -> tuple[str, dict[str, Any], phone.Bubble]:
    """(msgtype, what stands under it, the bubble on the customer's own phone)."""

    def bubble(text: str, picture: str = "") -> phone.Bubble:
        return phone.Bubble(mine=True, text=text, picture=picture, at=at)

    def handed(name: str, kind: str) -> dict[str, str]:
        return {"media_id": keep(name, file, kind)}

    match content:
        case Text(text=said):
            return "text", {"content": said}, bubble(said)
        case Image(media=media):
            said_media = handed(media.name or "photo.png", media.type or "image/png")
            return "image", said_media, bubble("", f"/media/{said_media['media_id']}")
        case Voice(media=media, text=heard):
            return "voice", handed(media.name or "voice.amr", media.type or "audio/amr"), bubble(f"🎙 {heard}")
        case Video(media=media):
            return "video", handed(media.name or "video.mp4", media.type or "video/mp4"), bubble("🎬")
        case File(media=media):
            return "file", handed(media.name or "file.bin", media.type), bubble(f"📎 {media.name}")
        case Location(latitude=latitude, longitude=longitude, title=title, address=address):
            place = {"latitude": latitude, "longitude": longitude, "name": title, "address": address}
            return "location", place, bubble(f"📍 {title or address}")
        case Link(url=url, title=title, text=description):
            return "link", {"title": title, "desc": description, "url": url, "pic_url": ""}, bubble(f"🔗 {title}")
        case MiniProgram(title=title, app_id=app_id, path=path):
            said_card = {"title": title, "appid": app_id, "pagepath": path, "thumb_media_id": ""}
            return "miniprogram", said_card, bubble(f"🧩 {title}")
        case _:
            raise ValueError(f"the simulated customer cannot send {content!r}")


def wrong_with(message: Mapping[str, Any], files: Mapping[str, Any], kinds: tuple[str, ...]) -> tuple[int, str] | None:
    """Why the platform refuses a message, as code and words; None when it takes it."""
    kind = str(message.get("msgtype"))
    said = message.get(kind)
    if kind not in kinds or not isinstance(said, dict):
        return 40008, "invalid message type"
    match kind:
        case "text":
            size = len(said.get("content", "").encode())
            return None if 0 < size <= 2048 else (45002, "content size out of limit")
        case "location":
            return None if "latitude" in said and "longitude" in said else (40058, "invalid request parameter")
        case "msgmenu":
            offered = said.get("list", [])
            fine = offered and len(offered) <= 10 and all(one["click"]["content"] for one in offered)
            return None if fine else (40058, "invalid request parameter")
        case "link" | "miniprogram":
            return None if said.get("thumb_media_id") in files else (40007, "invalid media_id")
        case _:
            return None if said.get("media_id") in files else (40007, "invalid media_id")


def shown(message: Mapping[str, Any], at: float) -> phone.Bubble:
    """The bubble on the phone of whoever got it."""
    kind = str(message["msgtype"])
    said = message[kind]
    picture = f"/media/{said['media_id']}" if kind == "image" else ""
    match kind:
        case "text":
            text = said["content"]
        case "msgmenu":
            offered = "\n".join(f"▸ {one['click']['content']}" for one in said["list"])
            text = "\n".join(part for part in (said["head_content"], offered, said["tail_content"]) if part)
        case "link":
            text = f"🔗 {said['title']}"
        case "miniprogram":
            text = f"🧩 {said['title']}"
        case "location":
            text = f"📍 {said.get('name') or said.get('address')}"
        case _:
            text = "" if picture else f"[{kind}]"
    return phone.Bubble(mine=False, text=text, picture=picture, at=at)
