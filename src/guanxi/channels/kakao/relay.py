"""Consultation talk (상담톡) by way of a dealer: the interface that a dealer's adapter fills, and reading what dealers push.

Kakao lets nobody near consultation talk but its official dealers, and each has HTTP doors of its own. A dealer's adapter
is one module in `dealers/` with a `Dealer`; `README.md` says what each function has to keep to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from guanxi.channel_kit import Access, Happened, Opening, Outcome, Outgoing, Parsed, Received, Request, Sender
from guanxi.channel_kit.fields import branch, identifier, items, moment, number, stable_id, text, web_address, whole
from guanxi.channel_kit.inbound import Malformed
from guanxi.content import Content, File, Image, Link, Location, Media, Text, Unsupported, Video, Voice

SEOUL = timezone(timedelta(hours=9))
MOST_FILES = 20
KINDS: Mapping[str, str] = {
    "tx": "text", "text": "text", "message": "text", "im": "image", "image": "image", "photo": "image", "fi": "file",
    "file": "file", "vi": "video", "video": "video", "au": "voice", "audio": "voice", "voice": "voice", "li": "link",
    "link": "link", "location": "location", "lo": "location",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Dealer:
    """A company that stands between Kakao and us.

    reads    one item of what it pushes → what that says; () for an item that is none of its shapes; pure
    says     ONE call that hands over a message → Outcome; NotSent and MaybeSent may pass through
    uploads  hands a picture or a file to Kakao before the message → what `Outgoing.uploaded` will carry, or an Outcome
    ends     tells that the consultation is over; an answer that refuses is as good as one that accepts
    checks   tries the credentials, sending nobody anything → '' or `CODE` or `CODE:detail`
    """

    key: str
    reads: Callable[[Any, Request, Access, datetime], Sequence[Parsed]]
    says: Callable[[Outgoing, Access], Awaitable[Outcome]]
    uploads: Callable[[Outgoing, bytes, Access], Awaitable[str | Outcome]]
    ends: Callable[[str, Access], Awaitable[None]]
    checks: Callable[[Access], Awaitable[str]]


def read_item(item: Any, request: Request, access: Access, at: datetime) -> Sequence[Parsed]:
    """What the dealers known so far push, under each of the names that they use for it. () when nobody speaks."""
    person = identifier(item, "user_key") or identifier(item, "userKey") or identifier(item, "uuid")
    word = (text(item, "type") or text(item, "message_type") or text(item, "event")).strip().lower()[:64]
    if not person or not (word or _said_in(item)):
        return ()
    sender = Sender(external_id=person)
    sent_at = _time(item) or at
    id_ = _id(item, request, person, word)
    if text(item, "auto_end").upper() == "Y" or word in _words(access, "ended_words"):
        return [_happened(item, id_, "counsel_ended", sender, sent_at, closes=("counsel",))]
    if word in _words(access, "started_words"):
        opens = (Opening(by="counsel"),)
        return [_happened(item, id_, "counsel_started", sender, sent_at, opens=opens)]
    if word not in KINDS and not _said_in(item):
        return [_happened(item, id_, f"event.{word}", sender, sent_at)]
    return [
        Received(
            external_id=stable_id(id_, str(place) if place else ""),
            sender=sender,
            sent_at=sent_at,
            content=content,
            opens=(Opening(by="counsel"),),
        )
        for place, content in enumerate(_contents(item, KINDS.get(word, word or "text")))
    ]


def _happened(
    item: Any, id_: str, what: str, sender: Sender, at: datetime, *,
    opens: tuple[Opening, ...] = (), closes: tuple[str, ...] = (),
) -> Happened:  # fmt: skip
    return Happened(
        external_id=id_,
        what=what,
        sender=sender,
        sent_at=at,
        details=_details(item),
        opens=opens,
        closes=closes,
        opens_conversation=what == "counsel_started",
    )


def _details(item: Any) -> dict[str, str]:
    """What a person may want to know of an event: its words, and what the customer came from."""
    told = {"text": _words_of(_value(item)), "reason": text(item, "reason")}
    for name in ("reference", "extra"):
        part = branch(item, name)
        told |= {str(key)[:64]: text(part, key) for key in list(part)[:10]}
        told |= {} if part else {name: text(item, name)}
    return {name: value[:500] for name, value in told.items() if value}


def _id(item: Any, request: Request, person: str, word: str) -> str:
    """The dealer's serial number or message id; without one the person, the time and what was said."""
    own = next(
        (
            found
            for name in ("serialNumber", "serial_number", "msgid", "message_id")
            if (found := identifier(item, name))
        ),
        "",
    )
    if own:
        return stable_id("counsel", person, own)
    when = text(item, "time") or text(item, "timestamp")
    said = hashlib.sha256(repr(_value(item)).encode("utf-8", "replace")).hexdigest()[:24]
    return stable_id("counsel", person, word, when or f"#{request.number}", said)


def _time(item: Any) -> datetime | None:
    """ISO 8601 (Seoul's, where no zone is told), seconds or milliseconds since 1970; None where nothing is told
    that can be read: what was said is worth more than when."""
    for name in ("time", "timestamp", "created_at"):
        told = text(item, name).strip()
        if not told:
            continue
        try:
            if number(item, name) is not None:
                return moment(item, name, per_second=1000 if (number(item, name) or 0) > 10**11 else 1)
            read = datetime.fromisoformat(told[:40])
            return (read if read.tzinfo else read.replace(tzinfo=SEOUL)).astimezone(UTC)
        except (Malformed, ValueError, OverflowError):
            continue
    return None


def _value(item: Any) -> Any:
    held = item if isinstance(item, dict) else {}
    return next(
        (held[name] for name in ("content", "contents", "message") if held.get(name) not in (None, "", {}, [])), ""
    )


def _said_in(item: Any) -> bool:
    return bool(_words_of(_value(item)))


def _words_of(value: Any) -> str:
    return text({"v": value}, "v") or text({"v": value}, "v", "text") or text({"v": value}, "v", "message")


def _contents(item: Any, kind: str) -> Iterator[Content]:
    value = _value(item)
    if kind in ("image", "video", "voice", "file"):
        addresses = _addresses(item, value)
        if not addresses:
            yield Unsupported(what=kind, text=_words_of(value))
        for address in addresses:
            yield _file(kind, address, item, value)
        return
    if kind == "location":
        yield _location(value if isinstance(value, dict) else item)
        return
    url = web_address({"v": value}, "v", "link", "url") or web_address({"v": value}, "v", "url")
    if kind == "link" and url:
        name = text({"v": value}, "v", "link", "name")
        yield Link(url, title=_words_of(value) or name)
    elif kind in ("text", "link"):
        yield Text(_words_of(value))
    else:
        yield Unsupported(what=kind, text=_words_of(value))


def _addresses(item: Any, value: Any) -> list[str]:
    """Where the files lie: one or several, as text, as objects with a url, or in a member of their own."""
    held = items({"v": value}, "v") or [value]
    told = [*held[:MOST_FILES], *(branch(item, name) for name in ("image", "file", "video", "audio"))]
    told += [text(item, name) for name in ("image_url", "file_url", "video_url", "audio_url", "url")]
    found = (
        web_address({"v": one}, "v")
        or web_address({"v": one}, "v", "url")
        or web_address({"v": one}, "v", "link", "url")
        for one in told
    )
    return list(dict.fromkeys(address for address in found if address))


def _file(kind: str, address: str, item: Any, value: Any) -> Content:
    held = {"v": value}
    name = text(held, "v", "name") or text(held, "v", "file_name") or text(item, "file_name")
    media = Media(remote=address, name=name[:200], size=max(whole(held, "v", "size"), 0))
    match kind:
        case "image":
            return Image(media)
        case "video":
            return Video(media)
        case "voice":
            return Voice(media)
        case _:
            return File(media)


def _location(value: Any) -> Content:
    latitude = number(value, "lat") if number(value, "lat") is not None else number(value, "latitude")
    longitude = number(value, "lng") if number(value, "lng") is not None else number(value, "longitude")
    address = text(value, "address")
    if latitude is None or longitude is None:
        return Unsupported(what="location", text=address)
    return Location(latitude, longitude, title=text(value, "title") or text(value, "name"), address=address)


def _words(access: Access, name: str) -> set[str]:
    default = {
        "ended_words": "expired_session, end, ended, auto_end, leave, block",
        "started_words": "reference, open_session, start",
    }
    told = access.settings.get(name) or default[name]
    return {word.strip().lower() for word in told.split(",") if word.strip()}
