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


def wrong_with_menu(menu: Mapping[str, Any]) -> tuple[int, str] | None:
    """Why the platform refuses a menu. It names the level of the button, and hardly ever the button."""
    buttons = menu.get("button", [])
    if not 1 <= len(buttons) <= 3:
        return 40016, "invalid button size"
    for one in buttons:
        if not 1 <= len(one.get("name", "").encode()) <= 16:
            return 40018, "invalid button name size"
        below = one.get("sub_button", [])
        if len(below) > 5:
            return 40023, "invalid sub button size"
        for button, codes in ((one, (40017, 40055)), *((child, (40024, 40054)) for child in below)):
            if button is not one and not 1 <= len(button.get("name", "").encode()) <= 60:
                return 40025, "invalid sub button name size"
            if not below and button.get("type") not in ("click", "view", "miniprogram"):
                return codes[0], "invalid button type"
            if button.get("type") == "view" and ".example" not in button["url"]:
                return codes[1], "invalid sub button url domain" if button is not one else "invalid button url domain"
            if button.get("type") == "miniprogram" and not button["appid"].startswith("wx"):
                return 40166, "invalid weapp appid"
    return None


def code_of(asked: Mapping[str, Any], ticket: str) -> Mapping[str, Any] | None:
    """The answer to one who wants a code; None when what he says makes no sense."""
    scene = asked.get("action_info", {}).get("scene", {}).get("scene_str", "")
    if not 1 <= len(scene) <= 64 or asked.get("action_name") not in ("QR_STR_SCENE", "QR_LIMIT_STR_SCENE"):
        return None
    seconds = asked.get("expire_seconds")
    lives = {"expire_seconds": seconds} if asked["action_name"] == "QR_STR_SCENE" else {}
    return {"ticket": ticket, "url": f"http://weixin.qq.com/q/{ticket}", **lives}


TEMPLATES = (
    {
        "template_id": "tPl_order_sent_2026",
        "title": "订单发货提醒",
        "content": "订单号：{{keyword1.DATA}}\n快递：{{keyword2.DATA}}\n{{remark.DATA}}",
        "example": "订单号：A-1024\n快递：顺丰\n预计明天送达",
    },
)
NOTICES = (
    {
        "priTmplId": "nTc_class_2026",
        "title": "课程开始提醒",
        "content": "时间:{{time1.DATA}}\n地点:{{thing2.DATA}}\n",
        "type": 2,
    },
)


def wrong_with_template(message: Mapping[str, Any], offered: tuple[Mapping[str, Any], ...]) -> tuple[int, str] | None:
    """Why a filled template is refused: one that the account has not, or a gap that is not filled."""
    names = ("template_id", "priTmplId")
    chosen = next((one for one in offered for name in names if one.get(name) == message.get("template_id")), None)
    if chosen is None:
        return 40037, "invalid template_id"
    data = message.get("data", {})
    gaps = [part.partition(".DATA")[0] for part in chosen["content"].split("{{")[1:]]
    missing = next((gap for gap in gaps if not data.get(gap, {}).get("value")), "")
    return (47003, f"argument invalid! data.{missing}.value is empty") if missing else None
