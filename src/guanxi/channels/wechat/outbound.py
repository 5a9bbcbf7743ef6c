"""WeChat out: replies through the customer-service interface, files, profiles, typing, and a check of the credentials.

Facts: the platform's pages on customer-service messages, stable_token, temporary media, and global return codes.
"""

from __future__ import annotations

import msgspec

from guanxi.channel_kit import (
    Access,
    Answer,
    Download,
    FileGone,
    MaybeSent,
    NotSent,
    Outcome,
    Outgoing,
    Profile,
    Rejected,
    RetryLater,
    Sent,
)
from guanxi.channel_kit.fields import text, web_address
from guanxi.channels.wechat.asking import JSON, Refused, ask, is_json, new_token
from guanxi.channels.wechat.codes import credential_problem, outcome_of
from guanxi.channels.wechat.saying import UPLOADED, as_message
from guanxi.channels.wechat.templates import filled, path_of
from guanxi.content import Card, Media, Template, kind_of, media_of


async def send(outgoing: Outgoing, access: Access) -> Outcome:
    """Hand over one message. WeChat knows no idempotency key: what is not clearly answered raises MaybeSent."""
    if kind_of(outgoing.content) in UPLOADED and not outgoing.uploaded:
        return Rejected(reason="bad_file", detail="the file was not uploaded")
    content = outgoing.content
    said = filled(content, outgoing.key) if isinstance(content, Template) else as_message(outgoing)
    if said is None:
        return Rejected(reason="not_supported", detail=kind_of(content))
    path = path_of(content) if isinstance(content, Template) else "/cgi-bin/message/custom/send"
    # Raw UTF-8: an escaped \uXXXX reaches the customer as it stands.
    message = msgspec.json.encode({"touser": outgoing.to, **said})
    try:
        answer = await ask(access, "POST", path, headers=JSON, body=message)
    except Refused as refusal:
        return outcome_of(refusal.code, refusal.message)
    told = text(answer.json(), "msgid") if isinstance(content, Template) else ""
    return Sent(external_ids=(told,) if told else ())


async def upload(outgoing: Outgoing, file: bytes, access: Access) -> str | Outcome:
    """Hand over the file first. The answer is a media id that lives three days. Repeating it harms nobody."""
    content, media = outgoing.content, media_of(outgoing.content)
    if isinstance(content, Card):
        return ""  # an article names its picture by an address
    if media is None or kind_of(content) not in UPLOADED:
        return Rejected(reason="not_supported", detail=kind_of(content))
    files = {"media": (media.name or f"file.{_ending(media)}", file, media.type or "application/octet-stream")}
    try:
        answer = await ask(
            access,
            "POST",
            "/cgi-bin/media/upload",
            query={"type": UPLOADED[kind_of(content)]},
            files=files,
            code_required=False,
        )
        media_id = text(answer.json(), "media_id")
    except Refused as refusal:
        return outcome_of(refusal.code, refusal.message)
    except MaybeSent:
        return RetryLater(reason="busy")
    return media_id or Rejected(reason="bad_file", detail="no media_id was given")


def _ending(media: Media) -> str:
    return {"image/jpeg": "jpg", "audio/mpeg": "mp3"}.get(media.type, media.type.rpartition("/")[2] or "bin")


async def fetch_media(media: Media, access: Access) -> Download:
    """The file behind a media id or an address. Raises FileGone when there is none any more (ids live three days)."""
    if web_address({"url": media.remote}, "url"):
        return _download(await access.http("GET", media.remote))
    if not media.remote:
        raise FileGone("not_offered")
    try:
        answer = await ask(access, "GET", "/cgi-bin/media/get", query={"media_id": media.remote}, code_required=False)
    except Refused as refusal:
        if refusal.code in (40007, 40004, 41006):
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


async def profile(external_id: str, access: Access) -> Profile | None:
    """Language and unionid. Names and pictures are not given to accounts since December 2021."""
    query = {"openid": external_id, "lang": "zh_CN"}
    try:
        answer = await ask(access, "GET", "/cgi-bin/user/info", query=query, code_required=False)
    except Refused:
        return None
    told = answer.json()
    names = ("unionid", "remark", "subscribe", "subscribe_scene", "qr_scene_str")
    known = {name: text(told, name) for name in names}
    return Profile(
        language=text(told, "language").replace("_", "-"),
        attributes={name: value for name, value in known.items() if value},
    )


async def typing(external_id: str, on: bool, access: Access) -> None:
    """Show or hide that somebody writes. The platform shows it only shortly after the customer spoke."""
    message = msgspec.json.encode({"touser": external_id, "command": "Typing" if on else "CancelTyping"})
    try:
        await ask(access, "POST", "/cgi-bin/message/custom/typing", headers=JSON, body=message)
    except (Refused, NotSent, MaybeSent):
        return


async def check(access: Access) -> str:
    """Ask for a token. Returns '' or `CODE` or `CODE:detail`; the detail of ip_not_allowed is the address to allow."""
    if (access.settings.get("mode") or "safe") != "plain" and not access.secrets.get("encoding_aes_key"):
        return "aes_key_missing"
    try:
        await new_token(access)
    except Refused as refusal:
        return credential_problem(refusal.code, refusal.message)
    except NotSent as error:
        return f"unreachable:{error}"
    return ""
