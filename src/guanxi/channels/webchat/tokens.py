"""What a visitor carries, and how it is signed: who he is to us, who he is to the shop, which files are his.

Every token is `base64url(JSON) + "." + base64url(HMAC-SHA256(secret, purpose + base64url(JSON)))`, without padding.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from guanxi.channel_kit import Forged, Malformed
from guanxi.channel_kit.fields import text, whole
from guanxi.channel_kit.json import read_object
from guanxi.content import Media

LARGEST = 4096  # characters of a token
SIGNED_IN = 12 * 3600  # seconds that a visitor counts as signed in to the shop after the shop said so


class Unsigned(Exception):
    """The shop set no secret for signed-in customers, so nobody can be believed to be one."""


class Expired(Exception):
    """Genuine, but no longer valid."""


class Customer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who a visitor is to the shop, by the shop's own word. `id` is the shop's customer id."""

    id: str
    name: str = ""
    email: str = ""
    phone: str = ""
    attributes: dict[str, str] = {}


class Visitor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One browser. `until` (seconds since 1970) ends the word of the shop that it is `customer`'s."""

    id: str
    customer: Customer | None = None
    until: int = 0


def external_ids(visitor: Visitor) -> tuple[str, ...]:
    """The identities whose conversations this visitor may see; the first is the one that speaks.

    A customer is one identity on all devices. What the same browser said before signing in stays with the browser's
    own identity; it can be read on from there, and from nowhere else.
    """
    return (f"id:{visitor.customer.id}", visitor.id) if visitor.customer else (visitor.id,)


def write_visitor(visitor: Visitor, secrets: Mapping[str, str]) -> str:
    """The token by which the visitor is known again."""
    return _write("visitor", msgspec.json.encode(visitor), secrets.get("visitor_key", ""))


def read_visitor(token: str, secrets: Mapping[str, str], now: datetime) -> Visitor:
    """Whose token this is. Raises Forged, or Expired when he no longer counts as signed in to the shop."""
    visitor: Visitor = _read("visitor", token, secrets.get("visitor_key", ""), Visitor)
    if visitor.customer is not None and visitor.until <= now.timestamp():
        raise Expired("signed in too long ago")
    return visitor


def read_customer(token: str, secrets: Mapping[str, str], now: datetime) -> Customer:
    """Who the shop says has signed in there. Raises Unsigned, Forged, Expired.

    The shop's page carries base64url(JSON {id, name, email, phone, attributes, exp}), a dot, and base64url of the
    HMAC-SHA256 of that first part under `identify_secret`. `exp` is in seconds since 1970, and required.
    """
    secret = secrets.get("identify_secret", "")
    if not secret:
        raise Unsigned("this inbox has no secret for signed-in customers")
    try:
        claims = read_object(_open("", token, secret))
    except Malformed as error:
        raise Forged("the signed customer is no JSON object") from error
    customer_id = text(claims, "id").strip()
    if not customer_id or len(customer_id) > 150 or not customer_id.isprintable():
        raise Forged("the signed customer has no id")
    if whole(claims, "exp") <= now.timestamp():
        raise Expired("the signed customer is no longer valid")
    attributes = claims.get("attributes")
    return Customer(
        id=customer_id,
        name=text(claims, "name")[:100],
        email=text(claims, "email")[:200],
        phone=text(claims, "phone")[:40],
        attributes={
            key[:40]: text(attributes, key)[:200]
            for key in (list(attributes)[:20] if isinstance(attributes, dict) else ())
        },
    )


class _File(msgspec.Struct, frozen=True):
    """A file in our store, and the browser that put it there."""

    visitor: str
    media: Media


def write_file(media: Media, visitor: Visitor, secrets: Mapping[str, str]) -> str:
    """The token by which a visitor sends a file that he has put into our store."""
    return _write("file", msgspec.json.encode(_File(visitor.id, media)), secrets.get("visitor_key", ""))


def read_file(token: str, visitor: Visitor, secrets: Mapping[str, str]) -> Media:
    """The file that this visitor has put into our store. Raises Forged for anybody else's."""
    file: _File = _read("file", token, secrets.get("visitor_key", ""), _File)
    if file.visitor != visitor.id:
        raise Forged("somebody else's file")
    return file.media


def _read(purpose: str, token: str, secret: str, shape: type[Any]) -> Any:
    try:
        return msgspec.json.decode(_open(purpose, token, secret), type=shape)
    except msgspec.DecodeError as error:
        raise Forged(f"the {purpose} token has another shape") from error


def _write(purpose: str, plain: bytes, secret: str) -> str:
    payload = base64.urlsafe_b64encode(plain).decode().rstrip("=")
    return f"{payload}.{signature(purpose, payload, secret)}"


def _open(purpose: str, token: str, secret: str) -> bytes:
    payload, dot, signed = token.partition(".")
    if not dot or len(token) > LARGEST or not token.isascii():
        raise Forged("no signed token")
    # also without padding some base64 texts differ only in unused bits: the signature is over the text itself
    if not hmac.compare_digest(signature(purpose, payload, secret), signed.rstrip("=")):
        raise Forged("the token's signature is wrong")
    try:
        return base64.b64decode(payload + "=" * (-len(payload) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise Forged("the token is not base64url") from error


def signature(purpose: str, payload: str, secret: str) -> str:
    """Base64url, unpadded. An empty secret signs nothing: raises Forged."""
    if not secret:
        raise Forged("the inbox has no key")
    said = f"{purpose}:{payload}" if purpose else payload
    digest = hmac.digest(secret.encode(), said.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
