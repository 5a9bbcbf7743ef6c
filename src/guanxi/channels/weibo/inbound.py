"""Weibo in: is it genuine, and what does it say? Direct messages and events come as pushes, comments and mentions as pages.

Facts: the platform's pages on receiving messages, on event pushes, and on comments/to_me, comments/mentions and
statuses/mentions. A push has no id, so one is made of what never changes in a redelivery.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from guanxi.channel_kit import (
    Access,
    Forged,
    Happened,
    Malformed,
    Nudge,
    Opening,
    Parsed,
    Post,
    Received,
    Reply,
    Request,
    Sender,
)
from guanxi.channel_kit.fields import branch, identifier, number, stable_id, text
from guanxi.channel_kit.json import read_object
from guanxi.channels.weibo import public
from guanxi.channels.weibo.moment import moment_of
from guanxi.channels.weibo.scenes import scene_of
from guanxi.channels.weibo.xml_push import read_push
from guanxi.content import Content, Image, Location, Media, Text, Unsupported, Voice

EVENTS: Mapping[str, tuple[str, ...]] = {
    "follow": ("follow",),
    "unfollow": ("unfollow",),
    "subscribe": ("subscribe",),
    "unsubscribe": ("unsubscribe",),
    "scan": ("scan",),
    "scan_follow": ("follow", "scan"),
    "click": ("menu_tap",),
    "view": ("menu_view",),
}
OPENS = {"follow": "follow", "subscribe": "follow", "scan": "scan", "menu_tap": "menu_tap", "menu_view": "menu_tap"}


def verify(request: Request, access: Access) -> None:
    """The query is signed with the app's secret, and nothing else; the body has to be about this account, for another one
    of the same app signs alike. Raises Forged."""
    _signed(request.query, access)
    try:
        told = read_push(request.body)
    except Malformed:
        return  # genuine and senseless: kept, thanked, put into quarantine
    ours = identifier(told, "receiver_id")
    if ours and ours != access.settings.get("uid", ""):
        raise Forged("the push is for another account")


def greet(request: Request, access: Access) -> Reply:
    """The console's test of the address: the signed `echostr` goes back. Raises Forged."""
    echo = request.query.get("echostr", "")
    if not echo:
        raise Forged("there is no echostr")
    _signed(request.query, access)
    return Reply(body=echo.encode("utf-8", "replace"))


def _signed(query: Mapping[str, str], access: Access) -> None:
    secret = access.secrets.get("app_secret", "")
    stamp, nonce, given = query.get("timestamp", ""), query.get("nonce", ""), query.get("signature", "")
    if not (secret and stamp and nonce and given):
        raise Forged("the signature, its time or its random number is missing")
    joined = "".join(sorted((secret, stamp, nonce))).encode("utf-8", "replace")
    wanted = hashlib.sha1(joined).hexdigest()  # noqa: S324 - the platform's own rule
    if not hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace")):
        raise Forged("the signature is wrong")


def parse(request: Request, access: Access) -> Sequence[Parsed]:
    """A push is one message or one event; a page holds comments or posts. What the platform has invented since is passed
    over, as it asks for. Raises Malformed."""
    if request.method == "PULL":
        return public.read(read_object(request.body), request.query, access)
    document = read_push(request.body)
    sender = Sender(external_id=identifier(document, "sender_id"))
    kind = text(document, "type").strip().lower()
    if not sender.external_id or not kind:
        raise Malformed("there is no sender_id or no type")
    if sender.external_id == access.settings.get("uid", ""):
        return ()
    sent_at = moment_of(text(document, "created_at"))
    match kind:
        case "event":
            return _event(document, sender, sent_at)
        case "mention":
            return _mention(document, sender, sent_at, access)
        case _ if kind in MESSAGES:
            return (
                Received(
                    external_id=_id(document, kind),
                    sender=sender,
                    sent_at=sent_at,
                    content=MESSAGES[kind](document),
                    opens=(Opening(by="message"),),
                ),
            )
        case _:
            return ()


def _id(document: Mapping[str, Any], *kinds: str) -> str:
    """Sender, time and kind, and the words folded, so that no id carries what was said."""
    data = branch(document, "data")
    told = "\n".join((text(document, "text"), *(f"{key}={text(data, key)}" for key in sorted(data))))
    folded = hashlib.sha256(told.encode()).hexdigest()[:16]
    at = moment_of(text(document, "created_at"))
    return stable_id(identifier(document, "sender_id"), str(int(at.timestamp())), *kinds, folded)


def _position(document: Mapping[str, Any]) -> Content:
    latitude, longitude = number(document, "data", "latitude"), number(document, "data", "longitude")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return Unsupported(what="position", text=text(document, "text"))
    return Location(latitude, longitude, address=text(document, "text")[:500])


def _file(document: Mapping[str, Any]) -> Media:
    """Two ids, for the two who talk; which is whose the platform's pages say in two ways. XML has one."""
    ids = (identifier(document, "data", "vfid"), identifier(document, "data", "tovfid"))
    return Media(remote="/".join(one for one in ids if one.isdecimal()))


def _image(document: Mapping[str, Any]) -> Content:
    file = _file(document)
    return Image(file) if file.remote else Unsupported(what="image")


def _voice(document: Mapping[str, Any]) -> Content:
    file = _file(document)
    return Voice(file) if file.remote else Unsupported(what="voice")


# What the platform writes beside a picture or a sound is its own sentence ("sent a picture"), not the customer's.
MESSAGES: Mapping[str, Callable[[Mapping[str, Any]], Content]] = {
    "text": lambda document: Text(text(document, "text")),
    "position": _position,
    "image": _image,
    "voice": _voice,
}


def _event(document: Mapping[str, Any], sender: Sender, sent_at: datetime) -> Sequence[Parsed]:
    data = branch(document, "data")
    details = {name: text(data, key)[:1000] for name, key in (("key", "key"), ("ticket", "ticket")) if text(data, key)}
    return [
        Happened(
            external_id=_id(document, "event", what),
            what=what,
            sender=sender,
            sent_at=sent_at,
            details=_scene(details) if what == "scan" else details if what.startswith("menu") else {},
            # who scans a code of ours has come for something
            opens_conversation=what == "scan" and bool(details.get("key")),
            opens=(Opening(by=OPENS[what]),) if what in OPENS else (),
        )
        for what in EVENTS.get(text(data, "subtype").strip().lower(), ())
    ]


def _scene(details: Mapping[str, str]) -> dict[str, str]:
    return {"scene": scene_of(details["key"])} if "key" in details else {}


def _mention(document: Mapping[str, Any], sender: Sender, sent_at: datetime, access: Access) -> Sequence[Parsed]:
    """Somebody writes about us in public. A post comes whole; of a comment nobody says here what it stands under, so it is
    fetched where we may, and else shown as something that happened."""
    about, key = text(document, "data", "subtype").strip().lower(), identifier(document, "data", "key")
    said, opens = text(document, "text"), (Opening(by="mention"),)
    if about == "status" and key:
        post = Post(
            external_id=key, medium="post", author=sender.name, text=said, url=public.address_of(key), posted_at=sent_at
        )
        return [
            Received(
                external_id=f"status:{key}",
                sender=sender,
                sent_at=sent_at,
                content=Text(said),
                post=post,
                opens=opens,
            )
        ]
    if about != "comment":
        return ()
    may_fetch = bool(access.secrets.get("user_token"))
    happened = Happened(
        external_id=_id(document, "mention"),
        what="mention",
        sender=sender,
        sent_at=sent_at,
        details={"text": said[:1000]} if said else {},
        opens_conversation=not may_fetch,
        opens=opens,
    )
    return [happened, *([Nudge(cursor_key="comment_mentions")] if may_fetch else [])]
