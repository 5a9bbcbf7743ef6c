"""A whole channel as one folder: a pager network that nobody has ever heard of. Tests write it down, and spoil it."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

SECRET = "a secret between friends"

SOURCE = '''
"""A pager network."""

import hashlib
import hmac

import msgspec

from guanxi.channel_kit import (
    Access, Capabilities, Channel, Forged, Limit, Malformed, Manifest, MaybeSent, Opening, Outgoing, Received, Rejected,
    ReplyWindow, Request, RetryLater, Sender, Sent, Setting,
)
from guanxi.channel_kit.fields import identifier, moment, text
from guanxi.channel_kit.json import read_object
from guanxi.content import Text

manifest = Manifest(
    key="pager",
    title="Pager",
    signs="body",
    settings=(Setting(key="number"), Setting(key="key", kind="secret")),
    capabilities=Capabilities(
        receives=("text",),
        sends={"text": Limit(characters=80)},
        reply_windows=(ReplyWindow(by="message", replies=2, seconds=3600),),
        exempt={},
    ),
)


def verify(request, access):
    expected = hmac.digest(access.secrets.get("key", "").encode(), request.body, hashlib.sha256).hex()
    given = request.headers.get("x-pager-signature", "")
    if not access.secrets.get("key") or not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        raise Forged("the signature is wrong")


def parse(request, access):
    page = read_object(request.body)
    number, said, external_id = identifier(page, "from"), text(page, "said"), identifier(page, "id")
    if not number or not external_id:
        raise Malformed("no number or no id")
    return [
        Received(
            external_id=external_id,
            sender=Sender(external_id=number),
            sent_at=moment(page, "at"),
            content=Text(said),
            opens=(Opening(by="message"),),
        )
    ]


async def send(outgoing, access):
    if not isinstance(outgoing.content, Text):
        return Rejected(reason="text_only")
    answer = await access.http(
        "POST", "https://pager.example/page", json={"to": outgoing.to, "said": outgoing.content.text}
    )
    if answer.status >= 500:
        raise MaybeSent(f"status {answer.status}")
    if answer.status == 429:
        return RetryLater(reason="too_fast")
    if answer.status != 200:
        return Rejected(reason="refused", detail=str(answer.status))
    try:
        return Sent(external_ids=(str(answer.json()["id"]),))
    except (KeyError, TypeError) as error:
        raise MaybeSent("no id") from error


channel = Channel(manifest=manifest, verify=verify, parse=parse, send=send)
'''

WORDS = {
    "title": "Pager",
    "setting.number": "Number",
    "setting.number.help": "Printed on the back.",
    "setting.key": "Key",
    "setting.key.help": "In the letter that came with it.",
    "reason.text_only": "A pager shows text only.",
    "reason.too_fast": "Too many pages at once.",
    "reason.refused": "The network refused the page.",
}
ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 14 14"><path fill="currentColor" d="M2 4h10v6H2z"/></svg>'
README = "Call the network, ask for a number and a key, and wait for the letter. " * 2

BODY = json.dumps({"id": "p1", "from": "5550100", "at": 1795255200, "said": "Call me"})


def arrival(body: str = BODY) -> dict[str, Any]:
    signature = hmac.digest(SECRET.encode(), body.encode(), hashlib.sha256).hex()
    return {
        "note": "A page comes in.",
        "request": {"headers": {"x-pager-signature": signature}, "body": body},
        "settings": {"number": "5550199"},
        "secrets": {"key": SECRET},
        "expect": [
            {
                "kind": "received",
                "external_id": "p1",
                "sender": {"external_id": "5550100"},
                "sent_at": "2026-11-21T10:00:00Z",
                "content": {"kind": "text", "text": "Call me"},
                "opens": [{"by": "message"}],
            }
        ],
    }


def departure() -> dict[str, Any]:
    return {
        "note": "A page goes out.",
        "settings": {"number": "5550199"},
        "secrets": {"key": SECRET},
        "outgoing": {"to": "5550100", "content": {"kind": "text", "text": "On my way"}},
        "cases": [
            {
                "answers": [{"json": {"id": 7}}],
                "expect_calls": [{"method": "POST", "json": {"to": "5550100", "said": "On my way"}}],
                "outcome": {"type": "Sent", "external_ids": ["7"]},
            },
            {"answers": [{"status": 429}], "outcome": {"type": "RetryLater", "reason": "too_fast"}},
            {"answers": [{"status": 403}], "outcome": {"type": "Rejected", "reason": "refused", "detail": "403"}},
            {
                "outgoing": {"to": "5550100", "content": {"kind": "link", "url": "https://a.example"}},
                "outcome": {"type": "Rejected", "reason": "text_only"},
            },
        ],
    }


def files() -> dict[str, str]:
    """Every file of the folder: name → text."""
    return {
        "__init__.py": SOURCE,
        "README.md": README,
        "icon.svg": ICON,
        "words/en.json": json.dumps(WORDS),
        "words/zh-CN.json": json.dumps({name: f"{name} 的说明" for name in WORDS}, ensure_ascii=False),
        "fixtures/page.in.json": json.dumps(arrival()),
        "fixtures/page.out.json": json.dumps(departure()),
    }


def write_down(folder: Path, written: dict[str, str]) -> None:
    for name, text in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
