"""Temporary files at the platform: handed over before a message, fetched after one. They live three days."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from guanxi.channel_kit.access import Access, Answer, MaybeSent, NotSent
from guanxi.channel_kit.fields import text, web_address
from guanxi.channel_kit.inbound import Download, FileGone
from guanxi.channel_kit.outbound import Outcome, Outgoing, Rejected, RetryLater
from guanxi.channel_kit.weixin.calling import Refused, is_json
from guanxi.content import Media, kind_of, media_of

Ask = Callable[..., Awaitable[Answer]]
GONE = (40007, 40004, 41006)


async def upload(
    outgoing: Outgoing,
    file: bytes,
    access: Access,
    *,
    ask: Ask,
    kinds: Mapping[str, str],
    outcome_of: Callable[[int, str], Outcome],
) -> str | Outcome:
    """Hand over the file as what `kinds` says. The answer is a media id. Repeating it harms nobody."""
    content, media = outgoing.content, media_of(outgoing.content)
    if media is None or kind_of(content) not in kinds:
        return Rejected(reason="not_supported", detail=kind_of(content))
    files = {"media": (media.name or f"file.{_ending(media)}", file, media.type or "application/octet-stream")}
    query = {"type": kinds[kind_of(content)]}
    try:
        answer = await ask(access, "POST", "/cgi-bin/media/upload", query=query, files=files, code_required=False)
        media_id = text(answer.json(), "media_id")
    except Refused as refusal:
        return outcome_of(refusal.code, refusal.message)
    except MaybeSent:
        return RetryLater(reason="busy")
    return media_id or Rejected(reason="bad_file", detail="no media_id was given")


def _ending(media: Media) -> str:
    return {"image/jpeg": "jpg", "audio/mpeg": "mp3"}.get(media.type, media.type.rpartition("/")[2] or "bin")


async def fetch_media(media: Media, access: Access, *, ask: Ask) -> Download:
    """The file behind a media id or an address. Raises FileGone when there is none any more (ids live three days)."""
    if web_address({"url": media.remote}, "url"):
        return _download(await access.http("GET", media.remote))
    if not media.remote:
        raise FileGone("not_offered")
    try:
        answer = await ask(access, "GET", "/cgi-bin/media/get", query={"media_id": media.remote}, code_required=False)
    except Refused as refusal:
        if refusal.code in GONE:
            raise FileGone("expired") from refusal
        raise NotSent(f"errcode {refusal.code}") from refusal
    if is_json(answer) and (address := web_address(answer.json(), "video_url")):
        return _download(await access.http("GET", address))
    return _download(answer)


def _download(answer: Answer) -> Download:
    if answer.status in (404, 410):
        raise FileGone("expired")
    if answer.status != 200:
        raise NotSent(f"status {answer.status}")
    name = answer.headers.get("content-disposition", "").rpartition("filename=")[2].strip().strip('"')
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Download(body=answer.body, type=kind, name=name)
