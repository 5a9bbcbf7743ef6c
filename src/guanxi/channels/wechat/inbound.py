"""WeChat in: is it genuine, and what does it say?

Facts: the platform's pages on message push, on encryption, and on received messages and events.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from guanxi.channel_kit import (
    Access,
    Happened,
    Malformed,
    Opening,
    Parsed,
    Receipt,
    Received,
    Request,
    Sender,
)
from guanxi.channel_kit.fields import identifier, moment, number, stable_id, text, web_address, whole
from guanxi.channel_kit.weixin import pushing
from guanxi.content import (
    Chosen,
    Content,
    File,
    Image,
    Link,
    Location,
    Media,
    MiniProgram,
    Text,
    Unsupported,
    Video,
    Voice,
)

SOUND_TYPES = {"amr": "audio/amr", "speex": "audio/speex", "mp3": "audio/mpeg"}
CONSENTS = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
}
TAPS = ("click", "scancode_push", "scancode_waitmsg")


verify = pushing.verify
greet = pushing.greet
acknowledge = pushing.acknowledge


def parse(request: Request, access: Access) -> Sequence[Parsed]:
    """One push is one message or one event. Where a sealed text is there, only that is read. Raises Malformed."""
    document = pushing.read(request, access)
    sender = Sender(external_id=identifier(document, "FromUserName"))
    kind = text(document, "MsgType").strip().lower()
    if not sender.external_id or not kind:
        raise Malformed("there is no FromUserName or no MsgType")
    return _events(document, sender) if kind == "event" else (_message(document, kind, sender),)


def _message(document: Mapping[str, Any], kind: str, sender: Sender) -> Received:
    sent_at = moment(document, "CreateTime")
    # Folded, so that no id carries what was said.
    said = hashlib.sha256((text(document, "MediaId") or text(document, "Content")).encode()).hexdigest()[:16]
    external_id = identifier(document, "MsgId") or stable_id(
        sender.external_id, text(document, "CreateTime"), kind, said
    )
    read = MESSAGES.get(kind)
    # The answer to a menu message counts at the platform as a tap, not as a message.
    opened_by = "menu_tap" if text(document, "bizmsgmenuid") else "message"
    return Received(
        external_id=external_id,
        sender=sender,
        sent_at=sent_at,
        content=read(document) if read else Unsupported(what=kind[:64]),
        opens=(Opening(by=opened_by),),
    )


def _events(document: Mapping[str, Any], sender: Sender) -> Sequence[Parsed]:
    """One event; or what became of each notice that it lists."""
    if text(document, "Event").strip().lower() != "subscribe_msg_sent_event":
        return (_event(document, sender),)
    at = moment(document, "CreateTime")
    told = _listed(document, "SubscribeMsgSentEvent")
    return tuple(
        Receipt(
            status="delivered" if whole(one, "ErrorCode") == 0 else "failed",
            at=at,
            external_id=identifier(one, "MsgID"),
            sender=sender,
            reason="" if whole(one, "ErrorCode") == 0 else text(one, "ErrorStatus")[:200],
        )
        for one in told
        if identifier(one, "MsgID")
    )


def _listed(document: Mapping[str, Any], name: str) -> list[Any]:
    """A list as XML and as JSON have it: below `List`, and an object where there is only one."""
    held = document.get(name)
    if isinstance(held, dict) and "List" in held:
        held = held["List"]
    return held[:50] if isinstance(held, list) else [held] if isinstance(held, dict) else []


def _event(document: Mapping[str, Any], sender: Sender) -> Happened | Receipt:
    event = text(document, "Event").strip().lower()[:64]
    at = moment(document, "CreateTime")
    if not event:
        raise Malformed("there is an event without a name")
    if event == "templatesendjobfinish":
        status = text(document, "Status")
        sent = status == "success"
        return Receipt(
            status="delivered" if sent else "failed",
            at=at,
            external_id=identifier(document, "MsgID") or identifier(document, "MsgId"),
            sender=sender,
            reason="" if sent else status.removeprefix("failed:").strip(),
        )
    key = text(document, "EventKey")
    what, details, opened_by = _told(event, key, document)
    return Happened(
        external_id=stable_id(sender.external_id, text(document, "CreateTime"), event, key),
        what=what,
        sender=sender,
        sent_at=at,
        details={name: value for name, value in details.items() if value},
        # who scans a code of ours has come for something
        opens_conversation=what in ("follow", "scan") and bool(details.get("scene")),
        opens=(Opening(by=opened_by),) if opened_by else (),
    )


def _told(event: str, key: str, document: Mapping[str, Any]) -> tuple[str, Mapping[str, str], str]:
    """Our word for the event, what is worth keeping of it, and the reply window that it opens."""
    ticket = text(document, "Ticket")
    if event == "subscribe":
        scene = key.removeprefix("qrscene_") if key.startswith("qrscene_") else ""
        return "follow", {"scene": scene, "ticket": ticket, "key": "" if scene else key}, "follow"
    if event == "unsubscribe":
        return "unfollow", {}, ""
    if event == "scan":
        return "scan", {"scene": key, "ticket": ticket}, "scan"
    if event in TAPS:
        scanned = text(document, "ScanCodeInfo", "ScanResult")
        return "menu_tap", {"key": key, "scanned": scanned}, "menu_tap"
    if event in ("view", "view_miniprogram"):
        return "menu_view", {"url": key, "menu": text(document, "MenuId")}, ""
    if event in CONSENTS:
        listed = _listed(document, CONSENTS[event])
        answers = {text(one, "SubscribeStatusString") for one in listed} - {""}
        named = {"template": text(listed[0], "TemplateId") if listed else ""}
        return "subscription", {**named, "answer": "accept" if "accept" in answers else "reject"}, ""
    if event == "location":
        names = ("Latitude", "Longitude", "Precision")
        return "location_shared", {name.lower(): text(document, name) for name in names}, ""
    return f"event.{event}", {"key": key}, ""


def _text(document: Mapping[str, Any]) -> Content:
    """Words, or the words of what was tapped in a menu message."""
    said, tapped = text(document, "Content"), identifier(document, "bizmsgmenuid")
    return Chosen(said, id=tapped) if tapped else Text(said)


def _mini_program(document: Mapping[str, Any]) -> Content:
    title, app_id = text(document, "Title"), identifier(document, "AppId")
    if not app_id:
        return Unsupported(what="miniprogrampage", text=title)
    picture = identifier(document, "ThumbMediaId") or web_address(document, "ThumbUrl")
    return MiniProgram(
        title, app_id, path=text(document, "PagePath")[:1024], media=Media(remote=picture) if picture else None
    )


def _image(document: Mapping[str, Any]) -> Content:
    # PicUrl outlives the three days of the media id, but only the id is fetched with our own token.
    return Image(Media(remote=identifier(document, "MediaId") or web_address(document, "PicUrl")))


def _voice(document: Mapping[str, Any]) -> Content:
    """Of a recording that WeChat offers twice both handles are kept, the better one first: outbound.fetch_media."""
    handles = identifier(document, "MediaId16K"), identifier(document, "MediaId")
    kind = SOUND_TYPES.get(text(document, "Format").lower(), "")
    return Voice(Media(remote=" ".join(filter(None, handles)), type=kind), text=text(document, "Recognition"))


def _video(document: Mapping[str, Any]) -> Content:
    return Video(Media(remote=identifier(document, "MediaId")))


def _file(document: Mapping[str, Any]) -> Content:
    # The platform announces files and offers no way to fetch them.
    size = whole(document, "FileTotalLen")
    return File(Media(name=text(document, "Title"), size=max(size, 0), problem="not_offered"))


def _location(document: Mapping[str, Any]) -> Content:
    latitude, longitude = number(document, "Location_X"), number(document, "Location_Y")
    if latitude is None or longitude is None:
        return Unsupported(what="location", text=text(document, "Label"))
    return Location(latitude=latitude, longitude=longitude, address=text(document, "Label").strip())


def _link(document: Mapping[str, Any]) -> Content:
    title = text(document, "Title")
    url = web_address(document, "Url")
    return Link(url, title=title, text=text(document, "Description")) if url else Unsupported(what="link", text=title)


MESSAGES: Mapping[str, Callable[[Mapping[str, Any]], Content]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "file": _file,
    "location": _location,
    "link": _link,
    "miniprogrampage": _mini_program,
}
