"""Consultation talk through Happytalk. EXPERIMENTAL: written from what the dealer publishes, never run against it.

Its paths, the codes of its refusals and the names of its events are settings of the inbox, so that a difference is
mended there.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

from guanxi.channel_kit import (
    Access,
    AccessLost,
    Answer,
    MaybeSent,
    NotSent,
    Outcome,
    Outgoing,
    Rejected,
    RetryLater,
    Sent,
    WindowClosed,
    limits_as_set,
)
from guanxi.channel_kit.fields import number, text, web_address
from guanxi.channels.kakao.customer_words import words_for
from guanxi.channels.kakao.manifest import manifest
from guanxi.channels.kakao.relay import Dealer, read_item
from guanxi.content import Card, Choices, File, Image, Link, Text, as_text, kind_of, media_of

LONGEST_SERIAL = 30
A_WHILE = 30.0
PATHS = {
    "path_write": "/v1/chat/write",
    "path_end": "/v1/chat/end",
    "path_image": "/v1/image/upload",
    "path_file": "/v1/file/upload",
}
# The dealer's refusals name an exception; its numbers are not published as a whole.
SENSES = (
    ("closed", re.compile(r"session|expired|not.?in.?chat|already.?end|no.?such.?user|notfounduser", re.IGNORECASE)),
    ("access", re.compile(r"sender|unauthori[sz]|forbidden|client.?(id|secret)|not.?allowed", re.IGNORECASE)),
    ("repeated", re.compile(r"duplicat|already.?(sent|exist)", re.IGNORECASE)),
    ("slow", re.compile(r"too.?many|rate.?limit|quota|throttl", re.IGNORECASE)),
)


async def says(outgoing: Outgoing, access: Access) -> Outcome:
    """One message. Its serial number is the same for every try; whether the dealer holds to it is not promised."""
    if isinstance(outgoing.content, Image | File) and not outgoing.uploaded:
        return Rejected(reason="bad_file", detail="the file was not uploaded")
    said = _message(outgoing, access)
    if said is None:
        return Rejected(reason="not_supported", detail=kind_of(outgoing.content))
    who = {"user_key": outgoing.to, "sender_key": access.settings.get("sender_key", "")}
    answer = await _ask(access, "path_write", {**who, "serial_number": serial_number(outgoing.key), **said})
    return _outcome(answer, access, serial_number(outgoing.key))


def serial_number(key: str) -> str:
    """At most 30 letters and digits out of our key."""
    return hashlib.sha256(key.encode()).hexdigest()[:LONGEST_SERIAL]


def _message(outgoing: Outgoing, access: Access) -> dict[str, Any] | None:
    content, uploaded = outgoing.content, outgoing.uploaded
    label = limits_as_set(manifest, access.settings).sends["card"].label
    match content:
        case Text(text=words):
            return {"message_type": "TX", "message": words}
        case Choices():
            return {"message_type": "TX", "message": as_text(content)}
        case Image():
            return {"message_type": "IM", "image_url": uploaded}
        case File(media=media):
            return {"message_type": "FI", "file_url": uploaded, "message": media.name}
        case Link(url=url, title=title, text=words):
            said = "\n".join(part for part in (title, words) if part) or url
            return {"message_type": "LI", "message": said, "links": [_link(words_for("page", access), url, label)]}
        case Card(title=title, text=words, url=url, buttons=buttons):
            links = [_link(one.text, one.url, label) for one in buttons if one.url]
            links += [_link(words_for("page", access), url, label)] if url and not links else []
            answers = [f"· {one.text}" for one in buttons if one.reply]
            said = "\n".join(part for part in (title, words, *answers) if part)
            kind = "IM" if uploaded else "LI" if links else "TX"
            card: dict[str, Any] = {"message_type": kind, "message": said}
            return card | ({"image_url": uploaded} if uploaded else {}) | ({"links": links} if links else {})
        case _:
            return None


def _link(name: str, url: str, label: int) -> dict[str, str]:
    return {"name": name[:label], "type": "WL", "url_mobile": url, "url_pc": url}


def _outcome(answer: Answer, access: Access, serial: str) -> Outcome:
    detail = _complaint(answer)
    match answer.status:
        case 200 | 201:
            code = number(answer.json(), "code")
            if code is None:
                raise MaybeSent("the relay's answer holds no code")
            return Sent(external_ids=(serial,)) if code == 0 else _refusal(int(code), detail, access, serial, answer)
        case 401 | 403:
            return AccessLost(reason="relay_refused", detail=detail)
        case 413:
            return Rejected(reason="bad_file", detail=detail)
        case 429:
            return RetryLater(reason="too_fast", after=_patience(answer), whole_inbox=True)
        case status if 300 <= status < 500 and status != 408:
            return Rejected(reason="relay_status", detail=f"{status} {detail}".strip())
        case status:
            raise MaybeSent(f"status {status}")


def _refusal(code: int, detail: str, access: Access, serial: str, answer: Answer) -> Outcome:
    match _sense(code, detail, access):
        case "access":
            return AccessLost(reason="sender_refused", detail=detail)
        case "closed":
            return WindowClosed(reason="counsel_over", detail=detail)
        case "repeated":
            return Sent(external_ids=(serial,))
        case "slow":
            return RetryLater(reason="too_fast", after=_patience(answer), whole_inbox=True)
        case _:
            return Rejected(reason="relay_says_no", detail=f"{code} {detail}".strip())


def _sense(code: int, detail: str, access: Access) -> str:
    """What a refusal means: by its number where the inbox knows it, else by what it says."""
    for sense in ("access", "closed", "slow", "repeated"):
        told = access.settings.get(f"codes_{sense}", "-501" if sense == "access" else "")
        if str(code) in {one.strip() for one in told.split(",")}:
            return sense
    return next((sense for sense, words in SENSES if words.search(detail)), "")


async def uploads(outgoing: Outgoing, file: bytes, access: Access) -> str | Outcome:
    """Hand a picture or a file to Kakao. Repeating it harms nobody, so doubt is another try."""
    content, media = outgoing.content, media_of(outgoing.content)
    if media is None:
        return Rejected(reason="not_supported", detail=kind_of(content))
    path = "path_file" if isinstance(content, File) else "path_image"
    kind = media.type or "application/octet-stream"
    given = {"file": (media.name or f"file.{kind.rpartition('/')[2] or 'bin'}", file, kind)}
    try:
        answer = await access.http(
            "POST",
            _address(access, path),
            headers=_credentials(access),
            files=given,
            query={"sender_key": access.settings.get("sender_key", "")},
        )
        found = _uploaded(answer)
        outcome = None if found else _outcome(answer, access, "")
    except MaybeSent:
        return RetryLater(reason="relay_busy")
    if outcome is None or isinstance(outcome, AccessLost | RetryLater):
        return outcome or found
    return Rejected(reason="bad_file", detail=_complaint(answer) or "no address was given")


def _uploaded(answer: Answer) -> str:
    """Kakao's address of what was handed over, wherever the dealer tells it."""
    if answer.status not in (200, 201):
        return ""
    told = answer.json()
    names = ("url", "image_url", "file_url", "image", "file")
    found = (web_address(told, *path) for name in names for path in ((name,), ("data", name)))
    return next((address for address in found if address), "")


async def ends(user_key: str, access: Access) -> None:
    """Our end of the consultation."""
    await _ask(access, "path_end", {"user_key": user_key, "sender_key": access.settings.get("sender_key", "")})


async def checks(access: Access) -> str:
    """A message to nobody that says nothing: the dealer looks at the credentials first."""
    for name in ("sender_key", "client_id"):
        if not access.settings.get(name):
            return f"{name}_missing"
    if not access.secrets.get("client_secret"):
        return "client_secret_missing"
    try:
        answer = await _ask(access, "path_write", {"sender_key": access.settings["sender_key"], "message_type": "TX"})
        outcome = _outcome(answer, access, "")
    except (NotSent, MaybeSent) as error:
        return f"unreachable:{error}"
    if isinstance(outcome, AccessLost):
        return f"{outcome.reason}:{outcome.detail}"
    is_lost = isinstance(outcome, Rejected) and outcome.reason == "relay_status"
    return f"status:{outcome.detail}" if isinstance(outcome, Rejected) and is_lost and answer.status != 400 else ""


async def _ask(access: Access, path: str, body: dict[str, Any]) -> Answer:
    return await access.http("POST", _address(access, path), headers=_credentials(access), json=body)


def _address(access: Access, path: str) -> str:
    base = (access.settings.get("api_base") or "https://kakao-api.happytalk.io").rstrip("/")
    return base + (access.settings.get(path) or PATHS[path])


def _credentials(access: Access) -> dict[str, str]:
    secret = access.secrets.get("client_secret", "")
    return {"ht-client-id": access.settings.get("client_id", ""), "ht-client-secret": secret}


def _complaint(answer: Answer) -> str:
    try:
        told = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, RecursionError):
        return ""
    return text(told, "message")[:300]


def _patience(answer: Answer) -> float:
    return min(max(number(dict(answer.headers), "retry-after") or A_WHILE, 1.0), 3600.0)


dealer = Dealer(key="happytalk", reads=read_item, says=says, uploads=uploads, ends=ends, checks=checks)
