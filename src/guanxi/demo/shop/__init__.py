"""Qinghe Ceramics, a small shop on an origin of its own, with the web chat on every page: play its customer here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from guanxi.infra.clock import Clock, system_clock

HERE = Path(__file__).parent
COLOR = "#3d6b5c"  # the brand's celadon; the chat's own colour in the demo
STATIC = {"/shop.css": "text/css; charset=utf-8", "/shop.js": "text/javascript; charset=utf-8"}

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


def shop(*, desk: str, address: str, identify_secret: str, clock: Clock = system_clock) -> App:
    """The shop as an ASGI app. `desk` is the origin of Guanxi as a browser sees it, `address` that of the web-chat
    inbox, and `identify_secret` the secret that the inbox shares with this shop's server."""
    pages = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined)
    policy = (
        f"default-src 'none'; style-src 'self'; script-src 'self' {desk}; frame-src {desk}; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )

    def page(scope: Scope) -> bytes:
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[0] or _accepted(scope)
        language = "zh-CN" if asked.lower().startswith("zh") else "en"
        words = json.loads((HERE / "words" / f"{language}.json").read_text("utf-8"))
        known = {"desk": desk, "address": address, "color": COLOR, "language": language, "w": words}
        return pages.get_template("page.html").render(known).encode()

    async def app(scope: Scope, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        if scope["type"] != "http":
            return
        path, status = scope["path"], 200
        if path == "/":
            body, kind = page(scope), "text/html; charset=utf-8"
        elif path == "/token":
            body, kind = json.dumps({"token": chen_yu(identify_secret, clock)}).encode(), "application/json"
        elif path in STATIC:
            body, kind = (HERE / path[1:]).read_bytes(), STATIC[path]
        else:
            body, kind, status = b"There is nothing here.", "text/plain; charset=utf-8", 404
        headers = {
            "content-type": kind,
            "content-length": str(len(body)),
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "referrer-policy": "strict-origin-when-cross-origin",
            "cache-control": "no-store",
        }
        start = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": start})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    return app


def chen_yu(secret: str, clock: Clock) -> str:
    """What the shop's server says about the customer who has signed in: Chen Yu, for an hour."""
    claims = {
        "id": "88231",
        "name": "陈雨",
        "email": "chenyu@example.com",
        "phone": "138 0000 0092",
        "attributes": {"level": "金卡", "orders": "17", "spent": "¥8,420"},
        "exp": int(clock().timestamp()) + 3600,
    }
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    proof = base64.urlsafe_b64encode(hmac.digest(secret.encode(), part, hashlib.sha256)).rstrip(b"=")
    return f"{part.decode()}.{proof.decode()}"


def site_of(url: str) -> str:
    """The origin of an address, as the inbox's allowed sites name it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _accepted(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-language"), "zh-CN")
