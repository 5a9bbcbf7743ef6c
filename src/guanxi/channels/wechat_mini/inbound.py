"""Mini programs in: what a customer writes, and from where he came in.

Facts: the platform's pages on customer-service messages of mini programs. What is pushed as JSON has the fields of the XML.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from guanxi.channel_kit import Access, Happened, Malformed, Opening, Parsed, Received, Request, Sender
from guanxi.channel_kit.fields import identifier, moment, stable_id, text, web_address
from guanxi.channel_kit.weixin import pushing
from guanxi.channels.wechat_mini.introduced import read_session
from guanxi.content import Content, Image, Media, MiniProgram, Text, Unsupported


def parse(request: Request, access: Access) -> Sequence[Parsed]:
    """One push is one message or one event. Where a sealed text is there, only that is read. Raises Malformed."""
    told = pushing.read(request, access)
    person = identifier(told, "FromUserName")
    kind = text(told, "MsgType").strip().lower()
    if not person or not kind:
        raise Malformed("there is no FromUserName or no MsgType")
    if kind == "event":
        return (_event(told, person, access),)
    # Folded, so that no id carries what was said.
    said = hashlib.sha256((text(told, "MediaId") or text(told, "Content")).encode()).hexdigest()[:16]
    return (
        Received(
            external_id=identifier(told, "MsgId") or stable_id(person, text(told, "CreateTime"), kind, said),
            sender=Sender(external_id=person),
            sent_at=moment(told, "CreateTime"),
            content=_content(kind, told),
            opens=(Opening(by="message"),),
        ),
    )


def _event(told: Mapping[str, Any], person: str, access: Access) -> Happened:
    event = text(told, "Event").strip().lower()[:64]
    if not event:
        raise Malformed("there is an event without a name")
    entered = event == "user_enter_tempsession"
    session = read_session(text(told, "SessionFrom"), person, access.secrets.get("identify_secret", ""))
    sender = Sender(external_id=person)
    if entered and session.is_proved:
        evidence = {"unionid": session.unionid} if session.unionid else {}
        sender = Sender(external_id=person, name=session.name, evidence=evidence, updates=True)
    return Happened(
        external_id=stable_id(person, text(told, "CreateTime"), event),
        what="enter" if entered else f"event.{event}",
        sender=sender,
        sent_at=moment(told, "CreateTime"),
        details={"text": session.page} if entered and session.page else {},
        opens_conversation=entered and access.settings.get("welcome", "opens") != "notes",
        opens=(Opening(by="enter"),) if entered else (),
    )


def _content(kind: str, told: Mapping[str, Any]) -> Content:
    match kind:
        case "text":
            return Text(text(told, "Content"))
        case "image":
            # PicUrl outlives the three days of the media id, but only the id is fetched with our own token.
            return Image(Media(remote=identifier(told, "MediaId") or web_address(told, "PicUrl")))
        case "miniprogrampage" if identifier(told, "AppId"):
            picture = identifier(told, "ThumbMediaId") or web_address(told, "ThumbUrl")
            return MiniProgram(
                text(told, "Title"),
                identifier(told, "AppId"),
                path=text(told, "PagePath")[:1024],
                media=Media(remote=picture) if picture else None,
            )
        case _:
            return Unsupported(what=kind[:64], text=text(told, "Title"))
