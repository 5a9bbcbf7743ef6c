"""WeChat out: replies through the customer-service interface, files, profiles, typing, and a check of the credentials.

Facts: the platform's pages on customer-service messages, stable_token, temporary media, and global return codes.
"""

from __future__ import annotations

from collections.abc import Mapping

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
from guanxi.channel_kit.fields import number, text, web_address
from guanxi.channels.wechat.codes import STALE_TOKEN, credential_problem, outcome_of
from guanxi.channels.wechat.saying import UPLOADED, as_message
from guanxi.content import Card, Media, kind_of, media_of

JSON = {"content-type": "application/json; charset=utf-8"}


class Refused(Exception):
    """The platform answered with an error code, so it definitely did nothing."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


async def send(outgoing: Outgoing, access: Access) -> Outcome:
    """Hand over one message. WeChat knows no idempotency key: what is not clearly answered raises MaybeSent."""
    if kind_of(outgoing.content) in UPLOADED and not outgoing.uploaded:
        return Rejected(reason="bad_file", detail="the file was not uploaded")
    said = as_message(outgoing)
    if said is None:
        return Rejected(reason="not_supported", detail=kind_of(outgoing.content))
    # Raw UTF-8: an escaped \uXXXX reaches the customer as it stands.
    message = msgspec.json.encode({"touser": outgoing.to, **said})
    try:
        await _ask(access, "POST", "/cgi-bin/message/custom/send", headers=JSON, body=message)
    except Refused as refusal:
        return outcome_of(refusal.code, refusal.message)
    return Sent()


async def upload(outgoing: Outgoing, file: bytes, access: Access) -> str | Outcome:
    """Hand over the file first. The answer is a media id that lives three days. Repeating it harms nobody."""
    content, media = outgoing.content, media_of(outgoing.content)
    if isinstance(content, Card):
        return ""  # an article names its picture by an address
    if media is None or kind_of(content) not in UPLOADED:
        return Rejected(reason="not_supported", detail=kind_of(content))
    files = {"media": (media.name or f"file.{_ending(media)}", file, media.type or "application/octet-stream")}
    try:
        answer = await _ask(
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
        answer = await _ask(access, "GET", "/cgi-bin/media/get", query={"media_id": media.remote}, code_required=False)
    except Refused as refusal:
        if refusal.code in (40007, 40004, 41006):
            raise FileGone("expired") from refusal
        raise NotSent(f"errcode {refusal.code}") from refusal
    if _is_json(answer) and (address := web_address(answer.json(), "video_url")):
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
        answer = await _ask(access, "GET", "/cgi-bin/user/info", query=query, code_required=False)
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
        await _ask(access, "POST", "/cgi-bin/message/custom/typing", headers=JSON, body=message)
    except (Refused, NotSent, MaybeSent):
        return


async def check(access: Access) -> str:
    """Ask for a token. Returns '' or `CODE` or `CODE:detail`; the detail of ip_not_allowed is the address to allow."""
    if (access.settings.get("mode") or "safe") != "plain" and not access.secrets.get("encoding_aes_key"):
        return "aes_key_missing"
    try:
        await _new_token(access)
    except Refused as refusal:
        return credential_problem(refusal.code, refusal.message)
    except NotSent as error:
        return f"unreachable:{error}"
    return ""


async def _ask(
    access: Access,
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    files: Mapping[str, tuple[str, bytes, str]] | None = None,
    code_required: bool = True,
) -> Answer:
    """One call with a token; once more with a fresh one when the platform definitely refused the old one.

    Raises Refused for an error code, MaybeSent for an answer that says nothing.
    """

    async def bring() -> tuple[str, float]:
        return await _new_token(access)

    token = await access.token("access_token", bring)
    for last_try in (False, True):
        answer = await access.http(
            method,
            _base(access) + path,
            query={"access_token": token, **(query or {})},
            headers=headers,
            body=body,
            files=files,
        )
        try:
            _judge(answer, code_required)
        except Refused as refusal:
            if last_try or refusal.code not in STALE_TOKEN:
                raise
            token = await access.token("access_token", bring, stale=token)
            continue
        break
    return answer


async def _new_token(access: Access) -> tuple[str, float]:
    """A stable token and the seconds it lives. Getting none sends nothing, so doubt is NotSent here, never MaybeSent."""
    question = {
        "grant_type": "client_credential",
        "appid": access.settings.get("app_id", ""),
        "secret": access.secrets.get("app_secret", ""),
        "force_refresh": False,
    }
    try:
        answer = await access.http(
            "POST", _base(access) + "/cgi-bin/stable_token", headers=JSON, body=msgspec.json.encode(question)
        )
        _judge(answer, code_required=False)
        told = answer.json()
    except MaybeSent as error:
        raise NotSent(f"no token: {error}") from error
    token, lives = text(told, "access_token"), number(told, "expires_in")
    if not token:
        raise NotSent("no token: the answer holds none")
    return token, lives or 300.0


def _judge(answer: Answer, code_required: bool) -> None:
    """Errors come with HTTP 200 and an `errcode`; any other status is a gateway in between."""
    if answer.status >= 500 or answer.status == 408:
        raise MaybeSent(f"status {answer.status}")
    if answer.status == 429:
        raise Refused(45011, "status 429")
    if answer.status != 200:
        raise Refused(0, f"status {answer.status}")
    if not code_required and not _is_json(answer):
        return
    told = answer.json()
    code = number(told, "errcode")
    if code is None and code_required:
        raise MaybeSent("the answer holds no errcode")
    if code:
        raise Refused(int(code), text(told, "errmsg"))


def _is_json(answer: Answer) -> bool:
    """Whatever the content type says: errors of the media door come as text/plain."""
    return answer.body.lstrip()[:1] == b"{"


def _base(access: Access) -> str:
    return (access.settings.get("api_base") or "https://api.weixin.qq.com").rstrip("/")
