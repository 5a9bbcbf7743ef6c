"""KakaoTalk in: is it genuine, and what does it say?

Facts: the chatbot's skill, the channel's add and block webhook, and what dealers of consultation talk publish.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from guanxi.channel_kit import Access, Forged, Happened, Malformed, Parsed, Reply, Request, Sender
from guanxi.channel_kit.fields import identifier, items, number, stable_id, text
from guanxi.channel_kit.json import read_json
from guanxi.channels.kakao.dealers import DEALERS, dealer_of
from guanxi.channels.kakao.skill import acknowledgement, is_skill, read_skill

NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
KEY_HEADER, KEY_PARAMETER = "x-guanxi-key", "key"
WORDS = {"added": "follow", "blocked": "unfollow"}
MOST_ITEMS = 1000


def verify(request: Request, access: Access) -> None:
    """Nothing is signed. The channel's webhook brings the application's admin key; skill and dealer bring the inbox's
    own key, in a header or in the address. Raises Forged, also for what names another bot, channel or sender."""
    given = request.headers.get("authorization", "")
    if given:
        _same(
            given,
            "KakaoAK " + access.secrets.get("admin_key", ""),
            access.secrets.get("admin_key", ""),
            "authorization",
        )
    else:
        key = access.secrets.get("inbound_key", "")
        name = KEY_HEADER if KEY_HEADER in request.headers else KEY_PARAMETER
        _same(request.headers.get(KEY_HEADER) or request.query.get(KEY_PARAMETER, ""), key, key, name)
    try:
        document = read_json(request.body)
    except Malformed:
        return  # stored, thanked and put into quarantine, as every unreadable body
    for item in _items(document):
        _addressed(item, access)


def _same(given: str, expected: str, secret: str, what: str) -> None:
    if not secret:
        raise Forged(f"this inbox has nothing to compare {what} with")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace")):
        raise Forged(f"{what} is missing or wrong")


def _addressed(item: Any, access: Access) -> None:
    """What another bot, channel or sender sends to this address by mistake must not mix into this inbox."""
    channel = text(item, "channel_public_id") or text(item, "plus_friend_public_id")
    for setting, theirs in (
        ("bot_id", text(item, "bot", "id") if is_skill(item) else ""),
        ("channel_public_id", channel),
        ("sender_key", text(item, "sender_key") or text(item, "senderKey")),
    ):
        ours = access.settings.get(setting, "")
        if ours and theirs and theirs != ours:
            raise Forged(f"{setting} is another one's")


def acknowledge(request: Request, access: Access) -> Reply:
    """A skill is answered at once in the customer's sight; all others are only thanked."""
    try:
        document = read_json(request.body)
    except Malformed:
        return Reply()
    return acknowledgement(document, access) if is_skill(document) else Reply()


def parse(request: Request, access: Access) -> Sequence[Parsed]:
    """A skill's payload, a channel's event, or what a dealer pushes, one or a list. Raises Malformed when nothing of it
    can be read."""
    document = read_json(request.body)
    at = request.received_at or NO_TIME
    if is_skill(document):
        return read_skill(document, request, access, at)
    found = [told for item in _items(document) for told in _read(item, request, access, at)]
    if not found:
        if number(document, "code") is not None:
            return ()  # the answer to a call of ours, sent here by mistake: nobody said anything
        raise Malformed("nothing in it can be read")
    return list({(type(told), getattr(told, "external_id", "")): told for told in found}.values())


def _items(document: Any) -> list[Any]:
    """A dealer may push several at once."""
    if isinstance(document, list):
        return document[:MOST_ITEMS]
    several = next((held for name in ("messages", "events") if (held := items(document, name))), None)
    return several[:MOST_ITEMS] if several is not None else [document]


def _read(item: Any, request: Request, access: Access, at: datetime) -> Sequence[Parsed]:
    if "id_type" in item if isinstance(item, dict) else False:
        return _channel_event(item, request, at)
    ours = dealer_of(access)
    for dealer in (ours, *(one for one in DEALERS.values() if one is not ours)):
        if told := dealer.reads(item, request, access, at):
            return told
    return ()


def _channel_event(item: Any, request: Request, at: datetime) -> Sequence[Parsed]:
    """Somebody has added or blocked the channel. He is named by another id than in the chatbot."""
    event, person = text(item, "event")[:64], identifier(item, "id")
    kind = identifier(item, "id_type")
    if not event or not person:
        return ()
    when = text(item, "updated_at")
    try:
        read = datetime.fromisoformat(when[:40])
        sent_at = read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        sent_at = at
    resource = identifier(dict(request.headers), "x-kakao-resource-id")
    return [
        Happened(
            external_id=stable_id("channel", resource or stable_id(event, person, when)),
            what=WORDS.get(event, f"event.{event}"),
            sender=Sender(external_id=stable_id(kind, person)),
            sent_at=sent_at,
        )
    ]
