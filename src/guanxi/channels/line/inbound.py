"""LINE in: is it genuine, and what does it say?

Facts: the Messaging API reference on webhooks and its published OpenAPI description.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from guanxi.channel_kit import Access, Forged, Happened, Malformed, Opening, Parsed, Received, Request, Sender
from guanxi.channel_kit.fields import branch, identifier, items, moment, number, stable_id, text, web_address, whole
from guanxi.channel_kit.json import read_object
from guanxi.channels.line.asking import token_of
from guanxi.channels.line.saying import CHOSEN
from guanxi.content import Chosen, Content, File, Image, Location, Media, Sticker, Text, Unsupported, Video, Voice

MILLISECONDS = 1000
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)

WORDS = {
    "follow": "follow",
    "unfollow": "unfollow",
    "unsend": "unsend",
    "messageEdited": "edit",
    "postback": "postback",
    "join": "group_joined",
    "leave": "group_left",
    "videoPlayComplete": "video_watched",
    "beacon": "beacon",
    "accountLink": "account_linked",
    "membership": "membership",
    "module": "module",
    "activated": "chat_activated",
    "deactivated": "chat_deactivated",
}
# Events of one type that mean different things to whoever reads the thread.
SORTED = {
    "beacon": {"enter": "beacon", "banner": "beacon_banner", "stay": "beacon_stay"},
    "membership": {"joined": "membership_joined", "left": "membership_left", "renewed": "membership_renewed"},
}


def verify(request: Request, access: Access) -> None:
    """`x-line-signature` is base64 of HMAC-SHA256 over the raw body with the channel secret. Raises Forged."""
    secret = access.secrets.get("channel_secret", "")
    if not secret:
        raise Forged("this inbox has no channel secret")
    expected = b64encode(hmac.digest(secret.encode(), request.body, hashlib.sha256))
    given = request.headers.get("x-line-signature", "").encode("utf-8", "replace")
    if not hmac.compare_digest(given, expected):
        raise Forged("x-line-signature is missing or wrong")


def parse(request: Request, access: Access) -> Sequence[Parsed]:
    """Everything in the delivery, in its order; the console's test ping holds nothing.

    An item that cannot be read does not cost the others: it becomes Happened 'unreadable' when it says at least who
    it is about, else it is left to the kept raw body. Raises Malformed when not one item says anything.
    """
    document = read_object(request.body)
    events = document.get("events")
    if not isinstance(events, list):
        raise Malformed("there is no list of events")
    parsed = [told for event in events for told in _event(event)]
    if events and not parsed and not any(_is_of_the_account(event) for event in events):
        raise Malformed("not one of the events can be read")
    return parsed


def _is_of_the_account(event: Any) -> bool:
    """Such an event is about the account itself, not about a customer (botSuspended, activated…)."""
    return bool(text(event, "type")) and "source" not in event


def _event(event: Any) -> Iterator[Parsed]:
    sender, group = _who(branch(event, "source"))
    kind = text(event, "type")
    if not sender.external_id or not kind:
        return
    try:
        at = moment(event, "timestamp", per_second=MILLISECONDS)
    except Malformed:
        details = {"type": kind[:64]}
        yield Happened(
            external_id=_event_id(event, sender), what="unreadable", sender=sender, group=group, sent_at=NO_TIME,
            details=details,
        )  # fmt: skip
        return
    if kind == "message":
        yield _message(event, sender, group, at)
    elif kind == "postback" and (chosen := _chosen(event)):
        event_id, opens = _event_id(event, sender), _opens(event)
        yield Received(external_id=event_id, sender=sender, group=group, sent_at=at, content=chosen, opens=opens)
    elif kind in ("memberJoined", "memberLeft"):
        yield from _members(event, kind, group, at)
    else:
        yield Happened(
            external_id=_event_id(event, sender),
            what=_what(event, kind),
            sender=sender,
            group=group,
            sent_at=at,
            details=_details(event, kind),
            message_external_id=identifier(event, "unsend", "messageId") or _edited(event, kind),
            content=_said(branch(event, "message")) if kind == "messageEdited" else None,
            opens=_opens(event),
        )


def _message(event: Any, sender: Sender, group: Sender | None, at: datetime) -> Received:
    """The message's own id is its id here: a redelivered event, a doubled one, and an unsend all name it."""
    message = branch(event, "message")
    return Received(
        external_id=identifier(message, "id") or _event_id(event, sender),
        sender=sender,
        group=group,
        sent_at=at,
        content=_said(message),
        opens=_opens(event),
        quotes=identifier(message, "quotedMessageId"),
        quote_token=token_of(message, "quoteToken"),
        read_token=token_of(message, "markAsReadToken"),
    )


def _said(message: Mapping[str, Any]) -> Content:
    kind = text(message, "type")
    read = MESSAGES.get(kind)
    return read(message) if read else Unsupported(what=kind[:64] or "message")


def _chosen(event: Any) -> Chosen | None:
    """An answer that we offered ourselves; the buttons of others stay postbacks."""
    data = text(event, "postback", "data")
    id_, _, words = data.removeprefix(CHOSEN).partition("\n")
    return Chosen(words, id_) if data.startswith(CHOSEN) and words else None


def _what(event: Any, kind: str) -> str:
    """Our word for what happened."""
    word = WORDS.get(kind, f"event.{kind[:64]}")
    return SORTED.get(kind, {}).get(text(event, kind, "type"), word)


def _members(event: Any, kind: str, group: Sender | None, at: datetime) -> Iterator[Happened]:
    """One event tells of several people; each is told of separately. Only the first may carry the reply token."""
    joined = kind == "memberJoined"
    opens = _opens(event)
    for member in items(event, "joined" if joined else "left", "members"):
        person = identifier(member, "userId")
        if person:
            yield Happened(
                external_id=stable_id(_event_id(event, group or Sender(external_id=person)), person),
                what="member_joined" if joined else "member_left",
                sender=Sender(external_id=person),
                group=group,
                sent_at=at,
                opens=opens,
            )
            opens = ()


def _who(source: Mapping[str, Any]) -> tuple[Sender, Sender | None]:
    """Who speaks, and the group it is spoken in. A group's event without a person is the group's own."""
    person = identifier(source, "userId")
    place = identifier(source, "groupId") or identifier(source, "roomId")
    if not place:
        return Sender(external_id=person), None
    group = Sender(external_id=place, kind="group")
    return (Sender(external_id=person) if person else group), group


def _opens(event: Any) -> tuple[Opening, ...]:
    """In standby another module owns the chat, and nothing may be replied."""
    token = identifier(event, "replyToken")
    return (Opening(by="message", token=token),) if token and text(event, "mode") != "standby" else ()


def _event_id(event: Any, sender: Sender) -> str:
    return identifier(event, "webhookEventId") or stable_id(
        text(event, "type"), sender.external_id, text(event, "timestamp")
    )


def _edited(event: Any, kind: str) -> str:
    return identifier(event, "message", "id") if kind == "messageEdited" else ""


def _details(event: Any, kind: str) -> dict[str, str]:
    """The event's own fields and one level below them, as text: {'data': 'action=buy', 'params.date': '2026-11-21'}."""
    if kind == "messageEdited":
        return {}
    part = branch(event, {"accountLink": "link", "activated": "chatControl"}.get(kind, kind))
    details: dict[str, str] = {}
    for name, value in list(part.items())[:20]:
        if isinstance(value, dict):
            details.update({f"{name}.{key}": text(value, key) for key in list(value)[:20]})
        else:
            details[name] = "true" if value is True else text(part, name)
    return {name[:64]: value for name, value in details.items() if value}


def _media(message: Mapping[str, Any]) -> Media:
    """`remote` is the address of a file that lies elsewhere, else the message's id."""
    elsewhere = web_address(message, "contentProvider", "originalContentUrl")
    return Media(remote=elsewhere or identifier(message, "id"), duration=max(whole(message, "duration"), 0))


def _file(message: Mapping[str, Any]) -> Content:
    name, size = text(message, "fileName"), max(whole(message, "fileSize"), 0)
    return File(Media(remote=identifier(message, "id"), name=name, size=size))


def _location(message: Mapping[str, Any]) -> Content:
    latitude, longitude = number(message, "latitude"), number(message, "longitude")
    if latitude is None or longitude is None:
        return Unsupported(what="location", text=text(message, "address"))
    return Location(latitude, longitude, title=text(message, "title"), address=text(message, "address"))


def _sticker(message: Mapping[str, Any]) -> Content:
    keywords = ", ".join(word for word in items(message, "keywords")[:5] if isinstance(word, str))
    return Sticker(
        id=identifier(message, "stickerId"),
        package=identifier(message, "packageId"),
        text=text(message, "text") or keywords,
    )


MESSAGES: Mapping[str, Callable[[Mapping[str, Any]], Content]] = {
    "text": lambda message: Text(text(message, "text")),
    "image": lambda message: Image(_media(message)),
    "video": lambda message: Video(_media(message)),
    "audio": lambda message: Voice(_media(message)),
    "file": _file,
    "location": _location,
    "sticker": _sticker,
}
