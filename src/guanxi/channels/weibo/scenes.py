"""Weibo's codes with a scene, which is a number: who scans one arrives with it.

Facts: eps/qrcode/create and eps/qrcode/show. A permanent code's scene is 1 to 100,000. A temporary one lives for half an hour
at most, which is for no poster, so none is made here. A scan tells the kind of code before the number.
"""

from __future__ import annotations

import re

from guanxi.channel_kit import Access, Code, MaybeSent, NotSent, Outcome, Rejected, RetryLater
from guanxi.channel_kit.fields import text
from guanxi.channels.weibo.asking import Refused, ask, base, document_of
from guanxi.channels.weibo.codes import outcome_of
from guanxi.channels.weibo.manifest import MOST_SCENES

KIND = re.compile(r"(qr_limit_scene|qr_scene|qrscene)_", re.IGNORECASE)


async def make_code(scene: str, days: int, access: Access) -> Code | Outcome:
    """A permanent code that says `scene`, a number."""
    if days or not scene.isdecimal() or not 1 <= int(scene) <= MOST_SCENES:
        return Rejected(reason="scene_refused", detail=scene)
    asked = {"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": int(scene)}}}
    try:
        told = document_of(await ask(access, "POST", "/2/eps/qrcode/create.json", by="message_token", body=asked))
    except Refused as refusal:
        return outcome_of(refusal, access, by="message_token")
    except MaybeSent:  # one code too many harms nobody
        return RetryLater(reason="no_answer")
    ticket = text(told, "ticket")
    if not ticket:
        return Rejected(reason="refused", detail="the answer holds no ticket")
    return Code(address=f"{base(access)}/2/eps/qrcode/show?ticket={ticket}", picture=await _picture(ticket, access))


async def _picture(ticket: str, access: Access) -> bytes:
    """The platform's own drawing; anybody who knows the ticket may have it."""
    try:
        answer = await access.http(
            "GET", base(access) + "/2/eps/qrcode/show", query={"ticket": ticket}, limit=1_000_000
        )
    except (NotSent, MaybeSent):
        return b""
    return answer.body if answer.status == 200 and answer.body[:3] in (b"\xff\xd8\xff", b"\x89PN", b"GIF") else b""


def scene_of(key: str) -> str:
    """The number behind the kind of code: QR_LIMIT_SCENE_7 is 7."""
    return KIND.sub("", key, count=1) if KIND.match(key) else key
