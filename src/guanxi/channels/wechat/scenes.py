"""WeChat's parametric codes: who scans one arrives with its scene.

Facts: the platform's page on creating a QR code with parameters: temporary at most 30 days, permanent at most 100,000.
"""

from __future__ import annotations

import msgspec

from guanxi.channel_kit import Access, Code, Crossing, MaybeSent, NotSent, Outcome, Rejected, RetryLater
from guanxi.channel_kit.fields import number, text
from guanxi.channel_kit.weixin.account import BASE, ask, base
from guanxi.channel_kit.weixin.calling import JSON, Refused
from guanxi.channel_kit.weixin.codes import outcome_of

PICTURES = "https://mp.weixin.qq.com"


async def make_code(scene: str, days: int, access: Access) -> Code | Outcome:
    """A code that says `scene` (1 to 64 characters) for `days`, or for ever (0)."""
    made = await _made(scene, days, access)
    if not isinstance(made, Code):
        return made
    ticket = made.picture.decode()
    return Code(address=made.address, picture=await _picture(ticket, access), seconds=made.seconds)


async def _made(scene: str, days: int, access: Access) -> Code | Outcome:
    """The code, with the ticket of its picture."""
    asked: dict[str, object] = {
        "action_name": "QR_STR_SCENE" if days else "QR_LIMIT_STR_SCENE",
        "action_info": {"scene": {"scene_str": scene}},
    }
    if days:
        asked["expire_seconds"] = days * 86400
    try:
        answer = await ask(
            access, "POST", "/cgi-bin/qrcode/create", headers=JSON, body=msgspec.json.encode(asked), code_required=False
        )
    except Refused as refusal:
        return outcome_of(refusal.code, refusal.message)
    except MaybeSent:  # one code too many harms nobody
        return RetryLater(reason="busy")
    told = answer.json()
    address, ticket = text(told, "url"), text(told, "ticket")
    if not address or not ticket:
        return Rejected(reason="errcode", detail="the answer holds no code")
    seconds = int(number(told, "expire_seconds") or 0) if days else 0
    return Code(address=address, picture=ticket.encode(), seconds=seconds)


async def crossing(code: str, access: Access) -> Crossing | Outcome:
    """A picture whose scene is the code; it outlives the code, which the house forgets sooner. Its address says something
    to WeChat's camera alone."""
    made = await _made(code, 1, access)
    return Crossing(scan=made.address) if isinstance(made, Code) else made


async def _picture(ticket: str, access: Access) -> bytes:
    """The platform's own drawing; a code without it is still a code."""
    pictures = PICTURES if base(access) == BASE else base(access)
    try:
        answer = await access.http("GET", f"{pictures}/cgi-bin/showqrcode", query={"ticket": ticket}, limit=1_000_000)
    except (NotSent, MaybeSent):
        return b""
    return answer.body if answer.status == 200 and answer.body[:3] in (b"\xff\xd8\xff", b"\x89PN") else b""
