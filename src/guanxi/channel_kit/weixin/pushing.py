"""Pushes of official accounts, mini programs and WeCom: is one genuine, and what stands in it?

Facts: the platform's pages on message push and on encryption. `owner` names the setting that holds whose account it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guanxi.channel_kit.access import Access
from guanxi.channel_kit.fields import text
from guanxi.channel_kit.inbound import Forged, Malformed, Reply, Request
from guanxi.channel_kit.json import read_object
from guanxi.channel_kit.weixin.seal import Unsealable, same, signature, unseal
from guanxi.channel_kit.xml import read_xml


def verify(request: Request, access: Access, owner: str = "app_id") -> None:
    """In plain mode the query is signed and nothing else; in safe and compatible mode the sealed text is signed too.

    The mode is the inbox's, never the request's: else a forger would simply leave the seal away. An inbox without that
    setting is safe. Raises Forged.
    """
    if (access.settings.get("mode") or "safe") == "plain":
        _signed(request.query, "signature", access)
        message = request.body
    else:
        try:
            sealed = text(document(request.body), "Encrypt")
        except Malformed as error:
            raise Forged(f"a sealed body was expected: {error}") from error
        if not sealed:
            raise Forged("a sealed body was expected, and this one is plain")
        _signed(request.query, "msg_signature", access, sealed)
        message = _open(sealed, access, owner, Forged)
    _addressed(message, access)


def greet(request: Request, access: Access, owner: str = "app_id", *, always_sealed: bool = False) -> Reply:
    """The console's test of the address: the signed `echostr` goes back, unsealed when it came sealed. Raises Forged."""
    query = request.query
    echo = query.get("echostr", "")
    if not echo:
        raise Forged("there is no echostr")
    if always_sealed or "msg_signature" in query:
        _signed(query, "msg_signature", access, echo)
        return Reply(body=_open(echo, access, owner, Forged))
    _signed(query, "signature", access)
    return Reply(body=echo.encode("utf-8", "replace"))


def acknowledge(request: Request, access: Access) -> Reply:
    """Anything else than `success` or nothing would show the customer a notice that the account is out of order."""
    return Reply(body=b"success")


def read(request: Request, access: Access, owner: str = "app_id") -> dict[str, Any]:
    """What was pushed. Where a sealed text is there, only that is read. Raises Malformed."""
    told = document(request.body)
    if sealed := text(told, "Encrypt"):
        told = document(_open(sealed, access, owner, Malformed))
    return told


def document(body: bytes) -> dict[str, Any]:
    """XML, or JSON where the account was switched to it: the fields have the same names."""
    return read_object(body) if body.lstrip()[:1] == b"{" else read_xml(body)


def _signed(query: Mapping[str, str], name: str, access: Access, *sealed: str) -> None:
    token = access.secrets.get("token", "")
    if not token:
        raise Forged("this inbox has no token")
    expected = signature(token, query.get("timestamp", ""), query.get("nonce", ""), *sealed)
    if not same(query.get(name, ""), expected):
        raise Forged(f"{name} is missing or wrong")


def _open(sealed: str, access: Access, owner: str, refusal: type[Forged | Malformed]) -> bytes:
    try:
        return unseal(sealed, access.secrets.get("encoding_aes_key", ""), access.settings.get(owner, ""))
    except Unsealable as error:
        raise refusal(str(error)) from error


def _addressed(message: bytes, access: Access) -> None:
    """Another account that was pointed at this address by mistake must not mix its customers into this inbox."""
    ours = access.settings.get("original_id", "")
    if not ours:
        return
    try:
        theirs = text(document(message), "ToUserName")
    except Malformed:
        return  # stored, thanked and put into quarantine, as every unreadable body
    if theirs != ours:
        raise Forged("ToUserName is another account's")
