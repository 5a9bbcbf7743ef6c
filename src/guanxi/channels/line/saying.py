"""LINE's own shapes of what we say: text, pictures, places, questions with answers to tap, cards.

Facts: the Messaging API reference on message objects, actions, quick replies and flex messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guanxi.channel_kit import Access, Limit, Outgoing, limits_as_set
from guanxi.channel_kit.fields import web_address
from guanxi.channels.line.manifest import manifest
from guanxi.content import Button, Card, Choices, Content, Image, Location, Option, Sticker, Text, Video, Voice

LONGEST_DATA = 300
LONGEST_ALTERNATIVE = 400
# Begins the data of our own buttons; behind it the id that was offered, a line break, and the words.
CHOSEN = "chosen:"


def said(outgoing: Outgoing, access: Access) -> dict[str, Any] | None:
    """The message object of an outgoing message; None for what LINE does not carry."""
    sends = limits_as_set(manifest, access.settings).sends
    message = _content(outgoing.content, outgoing.file_url, outgoing.preview_url, sends)
    shown = {"name": outgoing.agent_name[:20], "iconUrl": access.settings.get("icon_url", "")}
    if message is not None and outgoing.quote_token and isinstance(outgoing.content, Text | Sticker):
        message["quoteToken"] = outgoing.quote_token
    if message is not None and any(shown.values()):
        message["sender"] = {name: value for name, value in shown.items() if value}
    return message


def needs_address(content: Content) -> bool:
    """LINE fetches pictures, recordings and films itself."""
    return isinstance(content, Image | Voice | Video) or (isinstance(content, Card) and content.media is not None)


def _content(content: Content, file_url: str, preview_url: str, sends: Mapping[str, Limit]) -> dict[str, Any] | None:
    match content:
        case Text(text=said):
            return {"type": "text", "text": said}
        case Image():
            return {"type": "image", "originalContentUrl": file_url, "previewImageUrl": preview_url or file_url}
        case Video():
            return {"type": "video", "originalContentUrl": file_url, "previewImageUrl": preview_url}
        case Voice(media=media):
            return {"type": "audio", "originalContentUrl": file_url, "duration": max(media.duration, 1000)}
        case Choices(text=said, options=options, footer=footer):
            answers = [{"type": "action", "action": _answer(option, sends["choices"].label)} for option in options]
            return {"type": "text", "text": f"{said}\n\n{footer}" if footer else said, "quickReply": {"items": answers}}
        case Card():
            return _card(content, file_url, sends["card"].label)
        case Location(latitude=latitude, longitude=longitude, title=title, address=address):
            # Neither may be empty.
            place = address or title or f"{latitude}, {longitude}"
            return {
                "type": "location",
                "title": (title or place)[:100],
                "address": place[:100],
                "latitude": latitude,
                "longitude": longitude,
            }
        case Sticker(id=sticker, package=package):
            return {"type": "sticker", "packageId": package, "stickerId": sticker}
        case _:
            return None


def _answer(option: Option, most: int) -> dict[str, Any]:
    """A tap tells us the words and the id at once; words too long for that are simply said."""
    data = f"{CHOSEN}{option.id}\n{option.text}"
    if len(data) > LONGEST_DATA:
        return {"type": "message", "label": option.text[:most], "text": option.text}
    return {"type": "postback", "label": option.text[:most], "data": data, "displayText": option.text}


def _card(card: Card, picture: str, most: int) -> dict[str, Any]:
    has_page = web_address({"url": card.url}, "url")
    page = {"type": "uri", "label": card.title[:most], "uri": card.url} if has_page else None
    lines: list[dict[str, Any]] = [{"type": "text", "text": card.title, "weight": "bold", "size": "lg", "wrap": True}]
    if card.text:
        lines.append({"type": "text", "text": card.text, "size": "sm", "color": "#555555", "wrap": True})
    bubble: dict[str, Any] = {
        "type": "bubble",
        "body": {"type": "box", "layout": "vertical", "spacing": "sm", "contents": lines},
    }
    if picture:
        bubble["hero"] = {
            "type": "image", "url": picture, "size": "full", "aspectRatio": "20:13", "aspectMode": "cover",
        }  # fmt: skip
    if page:
        bubble["body"]["action"] = page
    if card.buttons:
        buttons = [
            {"type": "button", "style": "link", "height": "sm", "action": _press(one, most)} for one in card.buttons
        ]
        bubble["footer"] = {"type": "box", "layout": "vertical", "spacing": "sm", "contents": buttons}
    alternative = f"{card.title} {card.text}".strip()[:LONGEST_ALTERNATIVE]
    return {"type": "flex", "altText": alternative, "contents": bubble}


def _press(button: Button, most: int) -> dict[str, Any]:
    if web_address({"url": button.url}, "url"):
        return {"type": "uri", "label": button.text[:most], "uri": button.url}
    return _answer(Option(text=button.text, id=button.reply), most)
