"""KakaoTalk out: the one answer by a callback, or consultation talk through the dealer; files, and a check.

Facts: the callback of the chatbot's skill. The dealers' side is in `dealers/`.
"""

from __future__ import annotations

from guanxi.channel_kit import (
    Access,
    Answer,
    Download,
    FileGone,
    MaybeSent,
    NotSent,
    Opening,
    Outcome,
    Outgoing,
    Rejected,
    RetryLater,
    Sent,
    TokenRefused,
)
from guanxi.channel_kit.fields import identifier, number, text, web_address
from guanxi.channels.kakao.dealers import dealer_of
from guanxi.channels.kakao.manifest import manifest
from guanxi.channels.kakao.skill import needs_address, said
from guanxi.content import Media, kind_of

GONE = ("expired", "timeout", "time out", "already", "invalid callback", "not found")


async def send(outgoing: Outgoing, access: Access) -> Outcome:
    """Hand over one message. Neither way knows a key: what is not clearly answered raises MaybeSent."""
    if kind_of(outgoing.content) not in manifest.capabilities.sends:
        return Rejected(reason="not_supported", detail=kind_of(outgoing.content))
    if _is_counsel(outgoing, access):
        return await dealer_of(access).says(outgoing, access)
    if not outgoing.token:
        return Rejected(reason="no_callback")
    if needs_address(outgoing.content) and not outgoing.file_url:
        return Rejected(reason="no_public_address")
    body = said(outgoing, access)
    if body is None:
        return Rejected(reason="too_long")
    return _called_back(await access.http("POST", outgoing.token, json=body))


def _is_counsel(outgoing: Outgoing, access: Access) -> bool:
    """A callback answers the bot, whichever way the inbox goes."""
    return access.settings.get("way") == "counsel" and not outgoing.token


def _called_back(answer: Answer) -> Outcome:
    """`{taskId, status, message}`. A callback that is over is not shut for the ones that came after it."""
    match answer.status:
        case 200 | 201:
            told = answer.json()
            status, message = text(told, "status").upper(), text(told, "message")[:300]
            if status == "SUCCESS":
                task = identifier(told, "taskId")
                return Sent(external_ids=(task,) if task else ())
            if status not in ("FAIL", "ERROR"):
                raise MaybeSent("the callback's answer holds no status")
            if any(word in message.lower() for word in GONE):
                return TokenRefused(detail=message)
            return Rejected(reason="callback_refused", detail=message)
        case 404 | 410:
            return TokenRefused(detail=f"status {answer.status}")
        case 429:
            after = min(max(number(dict(answer.headers), "retry-after") or 2.0, 1.0), 3600.0)
            return RetryLater(reason="too_fast", after=after)
        case status if 300 <= status < 500 and status != 408:
            return Rejected(reason="callback_refused", detail=f"status {status}")
        case status:
            raise MaybeSent(f"status {status}")


async def upload(outgoing: Outgoing, file: bytes, access: Access) -> str | Outcome:
    """Consultation talk shows only what Kakao has; the chatbot fetches from our own address."""
    if not _is_counsel(outgoing, access):
        return ""
    return await dealer_of(access).uploads(outgoing, file, access)


async def fetch_media(media: Media, access: Access) -> Download:
    """The file at its address. Raises FileGone when there is none any more: Kakao's addresses end after a while."""
    if not web_address({"url": media.remote}, "url"):
        raise FileGone("not_offered")
    answer = await access.http("GET", media.remote)
    if answer.status in (401, 403, 404, 410):
        raise FileGone("expired")
    if answer.status != 200:
        raise NotSent(f"status {answer.status}")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Download(body=answer.body, type=kind, name=media.name)


async def end(external_id: str, access: Access) -> tuple[Opening, ...] | None:
    """Our end of a consultation; a chat with the bot has none. Nothing can be said behind it."""
    if access.settings.get("way") != "counsel":
        return None
    await dealer_of(access).ends(external_id, access)
    return ()


async def check(access: Access) -> str:
    """Consultation talk: ask the dealer. The chatbot cannot be asked anything: it only asks us."""
    return await dealer_of(access).checks(access) if access.settings.get("way") == "counsel" else "not_asked"
