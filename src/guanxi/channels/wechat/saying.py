"""How WeChat is told each kind of content: the body of a customer-service message, without its addressee.

Facts: the platform's page on customer-service messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guanxi.channel_kit import Outgoing
from guanxi.content import Card, Choices, Image, Link, MiniProgram, Text, Video, Voice, kind_of

# Kinds whose file is handed over first, and as what. A mini program's card takes an image.
UPLOADED: Mapping[str, str] = {"image": "image", "voice": "voice", "video": "video", "mini_program": "image"}


def as_message(outgoing: Outgoing) -> dict[str, Any] | None:
    """The message's body, or None when the platform has no such kind."""
    content, media_id = outgoing.content, outgoing.uploaded
    match content:
        case Text(text=said):
            return {"msgtype": "text", "text": {"content": said}}
        case Image() | Voice():
            kind = kind_of(content)
            return {"msgtype": kind, kind: {"media_id": media_id}}
        case Video(media=media, text=description):
            return _typed("video", media_id=media_id, title=media.name, description=description)
        case Link(url=url, title=title, text=description):
            return _article(title or url, description, url, "")
        case Card(title=title, text=description, url=url):
            return _article(title, description, url, outgoing.file_url)
        case Choices(text=question, options=options, footer=footer):
            offered = [{"id": one.id or str(number), "content": one.text} for number, one in enumerate(options, 1)]
            return _typed("msgmenu", head_content=question, list=offered, tail_content=footer)
        case MiniProgram(title=title, app_id=app_id, path=path):
            return _typed("miniprogrampage", title=title, appid=app_id, pagepath=path, thumb_media_id=media_id)
        case _:
            return None


def _typed(kind: str, **members: Any) -> dict[str, Any]:
    return {"msgtype": kind, kind: members}


def _article(title: str, description: str, url: str, picture: str) -> dict[str, Any]:
    """News of one article: more are not taken since 2018."""
    return _typed("news", articles=[{"title": title, "description": description, "url": url, "picurl": picture}])
