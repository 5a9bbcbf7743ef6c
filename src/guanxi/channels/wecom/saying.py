"""How WeCom is told each kind of content: the body of a customer-service message, without its addressee.

Facts: the platform's pages on sending messages and on answering events.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guanxi.channel_kit import Outgoing
from guanxi.content import Card, Choices, File, Image, Location, MiniProgram, Text, Video, Voice, kind_of

# Kinds whose file is handed over first, and as what. A link's and a mini program's card takes an image.
UPLOADED: Mapping[str, str] = {
    "image": "image",
    "voice": "voice",
    "video": "video",
    "file": "file",
    "card": "image",
    "mini_program": "image",
}
ON_EVENT = (Text, Choices)  # what a code of an event may be answered with


def as_message(outgoing: Outgoing) -> dict[str, Any] | None:
    """The message's body, or None when the platform has no such kind."""
    content, media_id = outgoing.content, outgoing.uploaded
    match content:
        case Text(text=said):
            return {"msgtype": "text", "text": {"content": said}}
        case Image() | Voice() | Video() | File():
            kind = kind_of(content)
            return {"msgtype": kind, kind: {"media_id": media_id}}
        case Location(latitude=latitude, longitude=longitude, title=title, address=address):
            return _typed("location", name=title, address=address, latitude=latitude, longitude=longitude)
        case Card(title=title, text=description, url=url):
            return _typed("link", title=title, desc=description, url=url, thumb_media_id=media_id)
        case Choices(text=question, options=options, footer=footer):
            offered = [
                {"type": "click", "click": {"id": one.id or str(nth), "content": one.text}}
                for nth, one in enumerate(options, 1)
            ]
            return _typed("msgmenu", head_content=question, list=offered, tail_content=footer)
        case MiniProgram(title=title, app_id=app_id, path=path):
            return _typed("miniprogram", title=title, appid=app_id, pagepath=path, thumb_media_id=media_id)
        case _:
            return None


def _typed(kind: str, **members: Any) -> dict[str, Any]:
    return {"msgtype": kind, kind: members}
