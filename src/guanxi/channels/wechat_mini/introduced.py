"""Where a customer came from, and who the shop says that he is: what the button's `session-from` carries.

It is written on the customer's own phone, so it proves nothing by itself: only the page is taken as it stands. Who he is
is believed when the shop's server has signed it for this very person, who is named by the platform.
"""

from __future__ import annotations

import hashlib
import hmac

import msgspec

from guanxi.channel_kit import Malformed
from guanxi.channel_kit.fields import identifier, text
from guanxi.channel_kit.json import read_object

LONGEST = 1000


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """`page` is where he came from; name and unionid stand when they are proved."""

    page: str = ""
    name: str = ""
    unionid: str = ""
    is_proved: bool = False


def read_session(said: str, person: str, secret: str) -> Session:
    """A plain text is the page. A JSON object has `page`, and maybe `unionid`, `name` and `sign`."""
    if not said.lstrip().startswith("{"):
        return Session(page=said.strip()[:LONGEST])
    try:
        told = read_object(said.encode(), largest=4 * LONGEST)
    except Malformed:
        return Session(page=said.strip()[:LONGEST])
    page, name, unionid = (
        text(told, "page").strip()[:LONGEST],
        text(told, "name").strip()[:80],
        identifier(told, "unionid"),
    )
    given = text(told, "sign")
    if not secret or not hmac.compare_digest(
        given.encode("utf-8", "replace"), proof(secret, person, unionid, name).encode()
    ):
        return Session(page=page)
    return Session(page=page, name=name, unionid=unionid, is_proved=True)


def proof(secret: str, person: str, unionid: str, name: str) -> str:
    """Hex HMAC-SHA256 under the inbox's secret over openid, unionid and name, each on a line of its own."""
    said = f"{person}\n{unionid}\n{name}".encode("utf-8", "replace")
    return hmac.digest(secret.encode(), said, hashlib.sha256).hex()
