"""What the application is called with: replies, one call each, signed, under a key that makes a repetition harmless."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import msgspec

from guanxi.channel_kit import (
    Access,
    AccessLost,
    Answer,
    Download,
    FileGone,
    Malformed,
    MaybeSent,
    NotSent,
    Outcome,
    Outgoing,
    Rejected,
    RetryLater,
    Sent,
)
from guanxi.channel_kit.fields import identifier
from guanxi.channel_kit.json import read_object
from guanxi.channels.api.manifest import LARGEST_FILE
from guanxi.content import Content, File, Image, Media, Text, kind_of

LARGEST_ANSWER = 100_000


async def send(outgoing: Outgoing, access: Access) -> Outcome:
    """Hand one reply over. Any 2xx takes it; `{"id": …}` in the answer is the application's own name for it."""
    content = _said(outgoing.content, outgoing.file_url)
    if content is None:
        return Rejected(reason="not_supported", detail=kind_of(outgoing.content))
    told = {
        "kind": "reply",
        "id": outgoing.key,
        "to": outgoing.to,
        "thread": outgoing.thread,
        "public": bool(outgoing.post),
        "post": outgoing.post,
        "answers": outgoing.answers,
        "agent": outgoing.agent_name,
        "content": content,
    }
    if outgoing.quotes and not outgoing.post:
        told["quotes"] = outgoing.quotes
    answer = await _post(access, told)
    match answer.status:
        case status if 200 <= status < 300 or status == 409:
            return Sent(external_ids=(_own_id(answer) or outgoing.key,))
        case 401 | 403:
            return AccessLost(reason="refused_credentials")
        case 410:
            return AccessLost(reason="gone")
        case 408 | 425 | 429:
            return RetryLater(reason="too_fast", whole_inbox=True)
        case status if status >= 500:
            raise MaybeSent(f"the application answered {status}")
        case status:
            return Rejected(reason="refused", detail=str(status))


async def fetch_media(media: Media, access: Access) -> Download:
    """The file that a message named by its address. Raises FileGone."""
    answer = await access.http("GET", media.remote, limit=LARGEST_FILE)
    if answer.status in (400, 401, 403, 404, 410):
        raise FileGone("expired")
    if answer.status != 200:
        raise NotSent(f"status {answer.status}")
    return Download(body=answer.body, type=answer.headers.get("content-type", "").partition(";")[0].strip().lower())


async def check(access: Access) -> str:
    """Say hello at the reply address: {"kind": "hello"}, signed like a reply. '' or `CODE` or `CODE:detail`."""
    try:
        answer = await _post(access, {"kind": "hello"})
    except (NotSent, MaybeSent) as error:
        return f"unreachable:{error}"
    if answer.status in (401, 403):
        return "refused_credentials"
    return "" if 200 <= answer.status < 300 else f"status:{answer.status}"


async def _post(access: Access, told: dict[str, Any]) -> Answer:
    body = msgspec.json.encode(told)
    secret = access.secrets.get("signing_secret", "")
    headers = {
        "content-type": "application/json",
        "x-guanxi-signature": "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }
    return await access.http(
        "POST", access.settings.get("reply_url", ""), headers=headers, body=body, limit=LARGEST_ANSWER
    )


def _said(content: Content, url: str) -> dict[str, Any] | None:
    match content:
        case Text(text=text):
            return {"kind": "text", "text": text}
        case Image(media=media, text=text) if url:
            return {
                "kind": "image",
                "url": url,
                "name": media.name,
                "type": media.type,
                "size": media.size,
                "text": text,
            }
        case File(media=media) if url:
            return {"kind": "file", "url": url, "name": media.name, "type": media.type, "size": media.size}
        case _:
            return None


def _own_id(answer: Answer) -> str:
    try:
        return identifier(read_object(answer.body), "id")
    except Malformed:
        return ""
