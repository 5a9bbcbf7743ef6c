"""Weibo out: direct messages, comments, files, profiles, and a check of the tokens.

Facts: messages/reply/biz, comments/reply, comments/create. A direct message's answer names no id.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

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
    Sent,
)
from guanxi.channel_kit.fields import identifier, text, web_address, whole
from guanxi.channels.weibo.asking import Refused, address_of, ask, document_of
from guanxi.channels.weibo.codes import outcome_of
from guanxi.content import Card, Content, Image, Location, Media, Text, as_text, kind_of

LARGEST_FILE = 20 * 1024 * 1024


async def send(outgoing: Outgoing, access: Access) -> Outcome:
    """Hand over one message: a comment where everybody reads along, else a direct message. Weibo knows no idempotency key:
    what is not clearly answered raises MaybeSent."""
    return await (_comment if outgoing.post else _message)(outgoing, access)


async def _message(outgoing: Outgoing, access: Access) -> Outcome:
    said = _said(outgoing.content, outgoing.file_url)
    if said is None:
        return Rejected(reason="not_supported", detail=kind_of(outgoing.content))
    form = {
        "type": said[0],
        "data": msgspec.json.encode(said[1]).decode(),
        "receiver_id": outgoing.to,
        "save_sender_box": "1",
    }
    address = address_of(access, "send_url")
    try:
        answer = await ask(access, "POST", address, by="message_token", form=form)
    except Refused as refusal:
        return outcome_of(refusal, access, by="message_token")
    result = document_of(answer).get("result")
    if result is True:
        return Sent()
    if result is False:
        return Rejected(reason="refused", detail="result false")
    raise MaybeSent("the answer says nothing of a result")


async def _comment(outgoing: Outgoing, access: Access) -> Outcome:
    """Below the comment that was last, or below the post itself."""
    if not isinstance(outgoing.content, Text):
        return Rejected(reason="not_supported", detail=kind_of(outgoing.content))
    if not access.secrets.get("user_token"):
        return Rejected(reason="no_user_token")
    form = {"id": outgoing.post, "comment": as_text(outgoing.content)}
    kind, _, number = outgoing.answers.partition(":")
    path = "/2/comments/create.json"
    if kind == "comment" and number:
        path, form = "/2/comments/reply.json", {**form, "cid": number}
    try:
        answer = await ask(access, "POST", path, by="user_token", form=form)
    except Refused as refusal:
        return outcome_of(refusal, access, by="user_token")
    told = document_of(answer)
    number = identifier(told, "idstr") or identifier(told, "id")
    if not number:
        raise MaybeSent("the answer names no comment")
    return Sent(external_ids=(f"comment:{number}",))


def _said(content: Content, url: str) -> tuple[str, dict[str, Any]] | None:
    """(the platform's type, its data). A picture goes as an article of one: there is no other way."""
    match content:
        case Text(text=words):
            return "text", {"text": words}
        case Location(latitude=latitude, longitude=longitude, title=title, address=address):
            place = {"longitude": str(longitude), "latitude": str(latitude)}
            return "position", {**place, "text": " ".join(part for part in (title, address) if part)}
        case Card(title=title, text=words, url=page):
            return "articles", {"articles": [{"display_name": title, "summary": words, "image": url, "url": page}]}
        case Image(media=media, text=words) if url:
            name = media.name or "图片"
            return "articles", {"articles": [{"display_name": name, "summary": words, "image": url, "url": url}]}
        case _:
            return None


async def fetch_media(media: Media, access: Access) -> Download:
    """The file behind a file id, or the first of two that the platform gives us, or behind the address of a picture in
    public. Raises FileGone."""
    if web_address({"url": media.remote}, "url"):
        answer = await access.http("GET", media.remote, limit=LARGEST_FILE)
        return _file(answer)
    numbers = media.remote.split("/")
    if not all(number.isdecimal() for number in numbers):
        raise FileGone("not_offered")
    for number in numbers[:-1]:
        with suppress(FileGone):
            return _file(await _by_number(number, access))
    return _file(await _by_number(numbers[-1], access))


async def _by_number(number: str, access: Access) -> Answer:
    query = {"access_token": access.secrets.get("message_token", ""), "fid": number}
    return await access.http("GET", address_of(access, "file_url"), query=query, limit=LARGEST_FILE)


def _file(answer: Answer) -> Download:
    """Raises FileGone when it is none, NotSent when nobody knows yet."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status in (404, 410):
        raise FileGone("expired")
    if answer.status != 200:
        raise NotSent(f"status {answer.status}")
    if whole(document_of(answer), "error_code") or "json" in kind:
        raise FileGone("expired")
    name = answer.headers.get("content-disposition", "").rpartition("filename=")[2].strip().strip('"')
    return Download(body=answer.body, type=kind, name=name)


async def profile(external_id: str, access: Access) -> Profile | None:
    """Name, picture and place, as the fan-service platform tells them of whom we talk with."""
    try:
        answer = await ask(access, "GET", "/2/eps/user/info.json", by="message_token", query={"uid": external_id})
    except Refused:
        return None
    told = document_of(answer)
    places = {name: text(told, name)[:100] for name in ("province", "city", "country", "follow", "subscribe")}
    name = text(told, "nickname") or text(told, "screen_name")
    if not name:
        return None
    return Profile(
        name=name[:200],
        avatar=web_address(told, "headimgurl"),
        language=text(told, "language").replace("_", "-")[:20],
        attributes={key: value for key, value in places.items() if value},
    )


async def check(access: Access) -> str:
    """Ask who the tokens belong to. Returns '' or `CODE` or `CODE:detail`."""
    uid = access.settings.get("uid", "")
    try:
        await ask(access, "GET", "/2/eps/user/info.json", by="message_token", query={"uid": uid})
    except Refused as refusal:
        return f"message_token:{refusal.code} {refusal.message}"
    except (NotSent, MaybeSent) as error:
        return f"unreachable:{error}"
    if not access.secrets.get("user_token"):
        return ""
    try:
        answer = await ask(access, "GET", "/2/account/get_uid.json", by="user_token")
    except Refused as refusal:
        return f"user_token:{refusal.code} {refusal.message}"
    except (NotSent, MaybeSent) as error:
        return f"unreachable:{error}"
    whose = identifier(document_of(answer), "uid")
    return "" if whose in ("", uid) else f"another_account:{whose}"
