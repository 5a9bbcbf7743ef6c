"""What the simulated WeChat takes of a message and how a phone shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guanxi.demo.platforms import phone

KINDS = ("text", "image", "voice", "video", "news", "msgmenu", "miniprogrampage")


def wrong_with(message: Mapping[str, Any], files: Mapping[str, Any]) -> tuple[int, str] | None:
    """Why the platform refuses a customer-service message, as code and words; None when it takes it."""
    kind = str(message.get("msgtype"))
    said = message.get(kind)
    if kind not in KINDS or not isinstance(said, dict):
        return 40008, "invalid message type"
    match kind:
        case "text":
            if not said.get("content"):
                return 44004, "empty content"
            return (45002, "content size out of limit") if len(said["content"].encode()) > 2048 else None
        case "news":
            articles = said.get("articles", [])
            if len(articles) != 1:
                return 45008, "article count out of limit"
            return None if articles[0].get("title") and articles[0].get("url") else (45003, "invalid article")
        case "msgmenu":
            offered = said.get("list", [])
            return None if offered and all(one["id"] and one["content"] for one in offered) else (44004, "empty menu")
        case "miniprogrampage":
            if not said.get("appid", "").startswith("wx"):
                return 40013, "invalid appid"
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
        case "news":
            text = said["articles"][0]["title"]
        case "msgmenu":
            offered = "\n".join(f"▸ {one['content']}" for one in said["list"])
            text = "\n".join(part for part in (said["head_content"], offered, said["tail_content"]) if part)
        case "miniprogrampage":
            text = f"🧩 {said['title']}"
        case _:
            text = "" if picture else f"[{kind}]"
    return phone.Bubble(mine=False, text=text, picture=picture, at=at)
