"""Mini programs out: replies through the customer-service interface, and pictures.

Facts: the platform's pages on sending customer-service messages, temporary media, and global return codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from guanxi.channel_kit import Access, Download, Outcome, Outgoing, Rejected, Sent
from guanxi.channel_kit.weixin import files
from guanxi.channel_kit.weixin.account import ask
from guanxi.channel_kit.weixin.calling import JSON, Refused
from guanxi.channel_kit.weixin.codes import outcome_of
from guanxi.content import Card, Image, Media, MiniProgram, Text, kind_of

UPLOADED: Mapping[str, str] = {"image": "image", "mini_program": "image"}


async def send(outgoing: Outgoing, access: Access) -> Outcome:
    """Hand over one message. The platform knows no idempotency key: what is not clearly answered raises MaybeSent."""
    content = outgoing.content
    if kind_of(content) in UPLOADED and not outgoing.uploaded:
        return Rejected(reason="bad_file", detail="the file was not uploaded")
    if isinstance(content, MiniProgram) and content.app_id not in ("", access.settings.get("app_id", "")):
        return Rejected(reason="other_program", detail=content.app_id)
    said = _message(outgoing)
    if said is None:
        return Rejected(reason="not_supported", detail=kind_of(content))
    # Raw UTF-8: an escaped \uXXXX reaches the customer as it stands.
    message = msgspec.json.encode({"touser": outgoing.to, **said})
    try:
        await ask(access, "POST", "/cgi-bin/message/custom/send", headers=JSON, body=message)
    except Refused as refusal:
        return outcome_of(refusal.code, refusal.message)
    return Sent()


def _message(outgoing: Outgoing) -> dict[str, Any] | None:
    match outgoing.content:
        case Text(text=said):
            return {"msgtype": "text", "text": {"content": said}}
        case Image():
            return {"msgtype": "image", "image": {"media_id": outgoing.uploaded}}
        case Card(title=title, text=description, url=url):
            link = {"title": title, "description": description, "url": url, "thumb_url": outgoing.file_url}
            return {"msgtype": "link", "link": link}
        case MiniProgram(title=title, path=path):
            page = {"title": title, "pagepath": path, "thumb_media_id": outgoing.uploaded}
            return {"msgtype": "miniprogrampage", "miniprogrampage": page}
        case _:
            return None


async def upload(outgoing: Outgoing, file: bytes, access: Access) -> str | Outcome:
    """Hand over a picture first. The answer is a media id that lives three days."""
    if isinstance(outgoing.content, Card):
        return ""  # a link names its picture by an address
    return await files.upload(outgoing, file, access, ask=ask, kinds=UPLOADED, outcome_of=outcome_of)


async def fetch_media(media: Media, access: Access) -> Download:
    """The file behind a media id or an address. Raises FileGone when there is none any more (ids live three days)."""
    return await files.fetch_media(media, access, ask=ask)
