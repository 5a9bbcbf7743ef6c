"""People, posts and comments of the simulated Weibo, and how the platform writes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from guanxi.content import Content, Image, Location, Text, Voice
from guanxi.demo.platforms import phone
from guanxi.demo.platforms.asgi import Response, as_json

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CHINA = timezone(timedelta(hours=8))
LOOK = phone.Look(
    key="weibo", title={"zh": "微博上的顾客", "en": "A customer on Weibo"}, ground="#f2f2f2", bar="#ffffff", ink="#1c1c1e",
    mine="#ffd9a8", theirs="#ffffff", accent="#b5490b",
)  # fmt: skip
Keep = Callable[[str, bytes, str], str]


@dataclass(slots=True)
class Customer:
    """Somebody on Weibo. `got` is the ledger of the direct messages that reached him, duplicates and all."""

    uid: str
    name: str
    follows: bool = True
    open_until: float = 0.0
    got: list[dict[str, Any]] = field(default_factory=list)
    bubbles: list[phone.Bubble] = field(default_factory=list)


@dataclass(slots=True)
class Post:
    """A post; `author` is a number, the account's own or a customer's."""

    id: int
    author: str
    text: str
    at: float


@dataclass(slots=True)
class Comment:
    id: int
    post: int
    author: str
    text: str
    at: float
    answers: int = 0


@dataclass(slots=True)
class Kept:
    """What the platform must not forget."""

    customers: dict[str, Customer] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    files: dict[str, tuple[str, bytes, str]] = field(default_factory=dict)
    menu: list[dict[str, Any]] = field(default_factory=list)
    scenes: dict[str, int] = field(default_factory=dict)  # by the ticket of their code
    planned: int = 0  # so many of the planned comments have been written
    next_id: int = 0


def written_at(at: float) -> str:
    """'Mon Jul 16 18:09:20 +0800 2012'."""
    there = datetime.fromtimestamp(at, CHINA)
    return f"{DAYS[there.weekday()]} {MONTHS[there.month - 1]} {there:%d %H:%M:%S} +0800 {there.year}"


def refusal(code: int, error: str, status: int = 400, **headers: str) -> Response:
    return as_json({"error": error, "error_code": code, "request": "/2/simulated.json"}, status, **headers)


def written(content: Content, file: bytes, keep: Keep, at: float) -> tuple[dict[str, Any], phone.Bubble]:
    """What a customer sends as the push tells it, and as his phone shows it."""

    def bubble(text: str, picture: str = "") -> phone.Bubble:
        return phone.Bubble(mine=True, text=text, picture=picture, at=at)

    match content:
        case Text(text=said):
            return {"type": "text", "text": said, "data": {}}, bubble(said)
        case Image(media=media):
            number = keep(media.name or "photo.png", file, media.type or "image/png")
            told = {"type": "image", "text": "发了一张图片", "data": {"vfid": int(number), "tovfid": int(number) + 1}}
            return told, bubble("", f"/media/{number}")
        case Voice(media=media):
            number = keep(media.name or "voice.amr", file, media.type or "audio/amr")
            told = {"type": "voice", "text": "发了一段语音", "data": {"vfid": int(number), "tovfid": int(number) + 1}}
            return told, bubble("🎙")
        case Location(latitude=latitude, longitude=longitude, address=address):
            place = {"longitude": str(longitude), "latitude": str(latitude)}
            return {"type": "position", "text": f"我在这里: {address}", "data": place}, bubble(f"📍 {address}")
        case _:
            raise ValueError(f"the simulated customer cannot send {content!r}")


def numbered(uid: str) -> int | str:
    """Numbers are told as such; people of the demo's stories have letters in theirs."""
    return int(uid) if uid.isdecimal() else uid


def as_user(uid: str, name: str) -> dict[str, Any]:
    return {"id": numbered(uid), "idstr": uid, "screen_name": name, "profile_image_url": "", "lang": "zh-cn"}


def as_status(post: Post, user: dict[str, Any]) -> dict[str, Any]:
    told = {"created_at": written_at(post.at), "id": post.id, "idstr": str(post.id), "mid": str(post.id)}
    return {**told, "text": post.text, "visible": {"type": 0, "list_id": 0}, "user": user}


def as_comment(one: Comment, user: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
    told = {"created_at": written_at(one.at), "id": one.id, "idstr": str(one.id), "mid": str(one.id)}
    return {**told, "text": one.text, "source": "微博", "user": user, "status": status}


def shown(kind: str, data: dict[str, Any], at: float) -> phone.Bubble:
    """How the phone shows a direct message of the account."""
    article = (data.get("articles") or [{}])[0]
    if kind == "articles":
        words = "\n".join(part for part in (article.get("display_name", ""), article.get("summary", "")) if part)
        return phone.Bubble(mine=False, text=words, picture=article.get("image", ""), at=at)
    return phone.Bubble(mine=False, text=("📍 " if kind == "position" else "") + str(data.get("text", "")), at=at)


def wrong_with_menu(menu: list[dict[str, Any]]) -> str:
    """What the platform says to a menu that it does not take; '' to one that it takes."""
    if len(menu) > 3 or any(len(one.get("sub_button", [])) > 5 for one in menu):
        return "too many buttons"
    for one in [below for above in menu for below in above.get("sub_button", [above])]:
        if one.get("type") == "view" and not one.get("url", "").startswith(("http://", "https://")):
            return f"invalid url of {one.get('name')}"
        if one.get("type") not in ("view", "click") or not one.get("name"):
            return f"invalid button {one.get('name')}"
    return ""


def as_wechat(body: dict[str, Any], at: float) -> str:
    """The same push in the other format: XML as WeChat writes it. Of the two ids of a file it has the receiver's."""
    data = body.get("data", {})
    told: dict[str, Any] = {"ToUserName": body["receiver_id"], "FromUserName": body["sender_id"], "CreateTime": int(at)}
    told["MsgType"] = {"position": "location"}.get(body["type"], body["type"])
    match body["type"]:
        case "text" | "mention":
            told["Content"] = body["text"]
        case "image" | "voice":
            told |= {"PicUrl": "", "MediaId": data["vfid"]}
        case "position":
            told |= {"Location_X": data["latitude"], "Location_Y": data["longitude"], "Label": body["text"]}
    if body["type"] in ("event", "mention"):
        names = {"subtype": "Event", "key": "EventKey", "ticket": "Ticket"}
        told |= {names[name]: value for name, value in data.items()}
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in {**told, "MsgId": ""}.items())
    return f"<xml>{inner}</xml>"
