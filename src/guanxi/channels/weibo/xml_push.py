"""The other format of Weibo's pushes, which an account may choose: XML in WeChat's shapes, read as what the JSON would say.

Facts: the platform's page on its compatibility with WeChat's XML, which lays each element beside its member in JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from guanxi.channel_kit.fields import identifier, moment, text
from guanxi.channel_kit.json import read_object
from guanxi.channel_kit.xml import read_xml
from guanxi.channels.weibo.moment import written_at

KINDS = {"location": "position"}


def read_push(body: bytes) -> Mapping[str, Any]:
    """A push as its JSON says it, whichever format the account has chosen. Raises Malformed."""
    if body.lstrip()[:1] != b"<":
        return read_object(body)
    told = read_xml(body)
    kind = text(told, "MsgType").strip().lower()
    document: dict[str, Any] = {
        "type": KINDS.get(kind, kind),
        "receiver_id": identifier(told, "ToUserName"),
        "sender_id": identifier(told, "FromUserName"),
        "text": text(told, "Content") or text(told, "Label"),
        "data": _data(told),
    }
    if document["sender_id"]:
        document["created_at"] = written_at(moment(told, "CreateTime").astimezone(UTC))
    return document


def _data(told: Mapping[str, Any]) -> dict[str, str]:
    event, key = text(told, "Event").strip().lower(), text(told, "EventKey")
    if event == "subscribe" and key.lower().startswith("qr"):
        event = "scan_follow"  # as WeChat says it
    read = {
        "subtype": event,
        "key": key,
        "ticket": text(told, "Ticket"),
        "vfid": identifier(told, "MediaId") or identifier(told, "MediaID"),
        "latitude": text(told, "Location_X"),
        "longitude": text(told, "Location_Y"),
    }
    return {name: value for name, value in read.items() if value}
