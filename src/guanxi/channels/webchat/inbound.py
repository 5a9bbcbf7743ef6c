"""Visitors' frames as requests: written and signed by the visitor door, verified and read like any channel's."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from guanxi.channel_kit import Access, Forged, Happened, Malformed, Parsed, Receipt, Received, Request, Sender
from guanxi.channel_kit.fields import branch, identifier, text, web_address, whole
from guanxi.channel_kit.json import clean, read_object
from guanxi.channels.webchat.manifest import LONGEST_TEXT
from guanxi.channels.webchat.setup import is_email
from guanxi.channels.webchat.tokens import Visitor
from guanxi.content import Content, File, Image, Media, Text

HEADER = "x-guanxi-signature"
NAMES = {"zh": "访客", "zh-tw": "訪客", "ja": "お客様", "ko": "방문자"}


def frame_request(
    visitor: Visitor, frame: Mapping[str, Any], at: datetime, page: Mapping[str, str], secrets: Mapping[str, str]
) -> Request:
    """One frame of a visitor as the request that is stored. The visitor's own token stays out of it: who may read
    raw events must not be able to speak as the visitor. `page` has `url` and `language`."""
    body = msgspec.json.encode({"visitor": visitor, "at": at, "page": page, "frame": frame})
    return Request(headers={"content-type": "application/json", HEADER: _sign(body, secrets)}, body=body)


def verify(request: Request, access: Access) -> None:
    """Raises Forged unless the visitor door signed exactly this body with the inbox's visitor key."""
    signed = request.headers.get(HEADER, "")
    if not hmac.compare_digest(_sign(request.body, access.secrets).encode(), signed.encode("utf-8", "replace")):
        raise Forged("the frame's signature is missing or wrong")


def parse(request: Request, access: Access) -> Sequence[Parsed]:
    """A message, an e-mail address that was left behind, or how far the visitor has read. Raises Malformed."""
    document = read_object(request.body)
    visitor, frame = branch(document, "visitor"), branch(document, "frame")
    visitor_id = identifier(visitor, "id")
    if not visitor_id:
        raise Malformed("no visitor")
    at = _moment(text(document, "at"))
    match frame.get("type"):
        case "message":
            message_id = identifier(frame, "id")
            if not message_id:
                raise Malformed("a message without an id")
            return [
                Received(
                    external_id=f"{visitor_id}:{message_id}",
                    sender=_sender(visitor_id, visitor, branch(document, "page"), branch(frame, "told")),
                    sent_at=at,
                    content=_content(branch(frame, "content")),
                )
            ]
        case "email":
            message_id, address = identifier(frame, "id"), text(frame, "email")
            if not message_id or not is_email(address):
                raise Malformed("an e-mail address that is none")
            sender = _sender(visitor_id, visitor, branch(document, "page"), {"email": address})
            return [
                Happened(
                    external_id=f"{visitor_id}:{message_id}",
                    what="left_email",
                    # a browser's own name is made up, and must not take the place of one that was told
                    sender=sender if "customer" in visitor else msgspec.structs.replace(sender, name=""),
                    sent_at=at,
                    details={"text": address, "consent": text(frame, "consent")[:500]},
                    opens_conversation=True,
                )
            ]
        case "read":
            # also on the browser's own identity: what was written to it is shown to the signed-in customer as well
            customer_id = identifier(visitor, "customer", "id")
            read_at = min(_moment(text(frame, "at")), at)
            readers = [f"id:{customer_id}", visitor_id] if customer_id else [visitor_id]
            return [
                Receipt(status="read", at=read_at, sender=Sender(external_id=reader), up_to=True) for reader in readers
            ]
    raise Malformed("a frame of an unknown type")


def _sender(visitor_id: str, visitor: Mapping[str, Any], page: Mapping[str, Any], told: Mapping[str, Any]) -> Sender:
    """Who speaks: by the shop's word if he has signed in there, and by his own answers (`told`)."""
    language = identifier(page, "language")[:16]
    address = web_address(page, "url")[:500]
    seen = {"page": address} if address else {}
    answers = branch(told, "attributes")
    said = {key: text(answers, key) for key in answers} | {
        key: text(told, key) for key in ("email", "phone") if text(told, key)
    }
    customer_id = identifier(visitor, "customer", "id")
    if not customer_id:
        called = NAMES.get(language.lower()) or NAMES.get(language[:2].lower(), "Visitor")
        return Sender(
            external_id=visitor_id,
            name=text(told, "name") or f"{called} {visitor_id[-4:].upper()}",
            language=language,
            attributes=said | seen,
            updates=bool(told),
        )
    vouched = branch(visitor, "customer", "attributes")
    known = {key: text(vouched, key) for key in vouched}
    for key in ("email", "phone"):
        if value := text(visitor, "customer", key):
            known[key] = value
    return Sender(
        external_id=f"id:{customer_id}",
        name=text(visitor, "customer", "name") or text(told, "name") or customer_id,
        language=language,
        attributes=said | known | seen,
        updates=True,
    )


def _content(content: Mapping[str, Any]) -> Content:
    kind = content.get("kind")
    if kind == "text":
        said = text(content, "text")
        if not said.strip() or len(said) > LONGEST_TEXT:
            raise Malformed("an empty text, or one that is too long")
        return Text(said)
    if kind in ("image", "file"):
        media = Media(
            key=identifier(content, "media", "key"),
            name=clean(text(content, "media", "name"))[:200],
            type=identifier(content, "media", "type"),
            size=whole(content, "media", "size"),
            width=whole(content, "media", "width"),
            height=whole(content, "media", "height"),
        )
        if not media.key:
            raise Malformed("a file that is not in the store")
        return Image(media) if kind == "image" else File(media)
    raise Malformed("content of an unknown kind")


def _moment(written: str) -> datetime:
    try:
        at = datetime.fromisoformat(written)
    except ValueError as error:
        raise Malformed("no time") from error
    if at.tzinfo is None or not 2000 < at.year < 3000:
        raise Malformed("a time without a zone, or of another age")
    return at


def _sign(body: bytes, secrets: Mapping[str, str]) -> str:
    key = secrets.get("visitor_key", "")
    if not key:
        raise Forged("the inbox has no key")
    return "sha256=" + hmac.digest(key.encode(), b"frame:" + body, hashlib.sha256).hex()
