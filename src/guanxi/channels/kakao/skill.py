"""The chatbot's skill: what a customer said to the bot, and what the bot says to him.

Facts: the skill's payload and response of version 2.0, and the callback of a block. [not re-read] of the sources: how
many outputs and quick replies one response has, and the length of a text; all of them can be set.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from guanxi.channel_kit import (
    Access,
    Limit,
    Malformed,
    Opening,
    Outgoing,
    Received,
    Reply,
    Request,
    Sender,
    limits_as_set,
)
from guanxi.channel_kit.fields import branch, identifier, stable_id, text, web_address
from guanxi.channels.kakao.customer_words import words_for
from guanxi.channels.kakao.manifest import manifest
from guanxi.content import Card, Choices, Chosen, Content, File, Image, Link, Media, Text

CHOSEN = "chosen"
LONGEST_ADDRESS = 2000
MOST_PICTURES = 20
_PICTURE = re.compile(r"https?://[^\s]+\.(?:jpe?g|png|gif|webp)(?:\?[^\s]*)?", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s,()\"]+")


def is_skill(document: Any) -> bool:
    return bool(branch(document, "userRequest"))


def read_skill(document: Any, request: Request, access: Access, at: datetime) -> Sequence[Received]:
    """One message, or as many as the pictures that were sent together. Raises Malformed when nobody speaks."""
    asked = branch(document, "userRequest")
    person = identifier(asked, "user", "id") or identifier(asked, "user", "properties", "botUserKey")
    if not person:
        raise Malformed("userRequest names no user")
    callback = callback_of(document, access)
    id_ = _id(document, request, person, callback)
    said = _said(document)
    sender = Sender(external_id=person, language=text(asked, "lang"), attributes=_known(asked), updates=True)
    opens = (Opening(by="callback", token=callback),) if callback else ()
    return [
        Received(
            external_id=stable_id(id_, str(number) if number else ""),
            sender=sender,
            sent_at=at,
            content=content,
            opens=opens if number == 0 else (),
        )
        for number, content in enumerate(said)
    ]


def callback_of(document: Any, access: Access) -> str:
    """Where one answer may be posted, if this block allows that; '' for an address that is not Kakao's."""
    address = web_address(document, "userRequest", "callbackUrl")
    allowed = [one.strip().lower() for one in (access.settings.get("callback_hosts") or "kakao.com").split(",")]
    try:
        parts = urlsplit(address)
        host, netloc = (parts.hostname or "").lower(), parts.netloc.lower()
    except ValueError:
        return ""
    is_kakao = parts.scheme == "https" and any(host == one or host.endswith(f".{one}") for one in allowed if one)
    return address if (is_kakao or netloc in allowed) and len(address) <= LONGEST_ADDRESS else ""


def _id(document: Any, request: Request, person: str, callback: str) -> str:
    """A skill's payload has no id: the callback's address is one, else the number under which we keep the request."""
    own = callback or (f"#{request.number}" if request.number else request.body.decode("utf-8", "replace"))
    told = hashlib.sha256(own.encode("utf-8", "replace")).hexdigest()[:32]
    return stable_id("skill", person, text(document, "bot", "id"), told)


def _known(asked: Mapping[str, Any]) -> dict[str, str]:
    properties = branch(asked, "user", "properties")
    known = {
        "plusfriend_user_key": text(properties, "plusfriendUserKey") or text(properties, "plusfriend_user_key"),
        "app_user_id": text(properties, "appUserId"),
        "is_friend": "true" if properties.get("isFriend") is True else "",
    }
    return {name: value[:200] for name, value in known.items() if value}


def _said(document: Any) -> list[Content]:
    utterance = text(document, "userRequest", "utterance")
    action = branch(document, "action")
    if chosen := text(action, "clientExtra", CHOSEN):
        return [Chosen(utterance, chosen[:200])]
    if pictures := _pictures(action, utterance):
        return [Image(Media(remote=address)) for address in pictures]
    return [Text(utterance)]


def _pictures(action: Mapping[str, Any], utterance: str) -> list[str]:
    """Pictures come as an address that is said, or, through the picture plug-in, as 'List(https://…, https://…)'."""
    detail = branch(action, "detailParams", "secureimage")
    told = text(detail, "origin") or text(action, "params", "secureimage")
    found = _ADDRESS.findall(told) if told else [utterance] if _PICTURE.fullmatch(utterance.strip()) else []
    kept = (web_address({"url": one.strip()}, "url") for one in found[:MOST_PICTURES])
    return list(dict.fromkeys(one for one in kept if one))


def acknowledgement(document: Any, access: Access) -> Reply:
    """What the bot says within five seconds: that an answer follows by callback, or that none can come here."""
    if callback_of(document, access):
        body: dict[str, Any] = {"version": "2.0", "useCallback": True, "data": {"text": words_for("wait", access)}}
    else:
        body = response([_closed(access)])
    return Reply(body=msgspec.json.encode(body), type="application/json; charset=utf-8")


def _closed(access: Access) -> dict[str, Any]:
    said = words_for("closed", access)
    if access.settings.get("operator") != "true":
        return {"simpleText": {"text": said}}
    button = {"action": "operator", "label": words_for("operator", access)}
    return {"textCard": {"description": said, "buttons": [button]}}


def response(outputs: Sequence[dict[str, Any]], quick: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    template: dict[str, Any] = {"outputs": list(outputs)}
    if quick:
        template["quickReplies"] = list(quick)
    return {"version": "2.0", "template": template}


def needs_address(content: Content) -> bool:
    """Kakao fetches pictures itself, and the customer opens files at their address."""
    return isinstance(content, Image | File) or (isinstance(content, Card) and content.media is not None)


def said(outgoing: Outgoing, access: Access) -> dict[str, Any] | None:
    """The response for a callback; None for what the bot cannot say, or what is longer than all its outputs."""
    sends = limits_as_set(manifest, access.settings).sends
    shown = sends["card"]
    match outgoing.content:
        case Text(text=words):
            outputs = _texts(words, sends["text"], access)
            return response(outputs) if outputs else None
        case Image(text=words):
            picture = {"imageUrl": outgoing.file_url, "altText": words or words_for("image", access)}
            return response([{"simpleImage": picture}])
        case File(media=media):
            button = _page(words_for("file", access), outgoing.file_url, shown)
            return response([{"textCard": {"title": media.name[: shown.title] or "-", "buttons": [button]}}])
        case Link(url=url, title=title, text=words):
            card = {
                "title": (title or url)[: shown.title],
                "description": words or url,
                "buttons": [_page(words_for("page", access), url, shown)],
            }
            return response([{"textCard": card}])
        case Choices(text=words, options=options, footer=footer):
            outputs = _texts(f"{words}\n\n{footer}" if footer else words, sends["choices"], access)
            quick = [
                _answer(one.text, one.id or str(number), sends["choices"]) for number, one in enumerate(options, 1)
            ]
            return response(outputs, quick) if outputs else None
        case Card():
            return response([_card(outgoing.content, outgoing.file_url, shown, access)])
        case _:
            return None


def _texts(words: str, limit: Limit, access: Access) -> list[dict[str, Any]]:
    """A long text in as many outputs as it takes; none when it takes more than one response has."""
    length, most = limit.characters, int(access.settings.get("outputs_limit") or 3)
    pieces = [words[at : at + length] for at in range(0, len(words), length)]
    return [{"simpleText": {"text": piece}} for piece in pieces] if len(pieces) <= most else []


def _card(card: Card, picture: str, limit: Limit, access: Access) -> dict[str, Any]:
    buttons = [
        _page(one.text, one.url, limit) if one.url else _answer(one.text, one.reply, limit) for one in card.buttons
    ]
    if card.url and not any(one.url for one in card.buttons) and len(buttons) < limit.options:
        buttons.append(_page(words_for("page", access), card.url, limit))
    shown: dict[str, Any] = {"title": card.title, "description": card.text, "buttons": buttons}
    if picture and card.media is not None:
        return {"basicCard": {**shown, "thumbnail": {"imageUrl": picture}}}
    return {"textCard": shown}


def _page(label: str, url: str, limit: Limit) -> dict[str, Any]:
    return {"action": "webLink", "label": label[: limit.label], "webLinkUrl": url}


def _answer(label: str, id_: str, limit: Limit) -> dict[str, Any]:
    return {"action": "message", "label": label[: limit.label], "messageText": label, "extra": {CHOSEN: id_}}
