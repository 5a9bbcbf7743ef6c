"""A real OpenID provider on loopback (oidc-provider, a process of its own), and a wire to it that a test may tamper with.

The house talks to the wire, whose address is the issuer's. As long as nobody tampers, it passes on every byte.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
import re
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

SCRIPT = Path(__file__).parents[2] / "frontend" / "tests" / "provider.mjs"
SECRET = "a secret: with /signs & 100%"
Claims = dict[str, Any]


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "alg": "RS256", "use": "sig"}, private=True)


@dataclass
class Provider:
    """`forge` rewrites the claims of ID tokens, which are signed anew with `key`; `sign` may sign them otherwise.
    `answers` stand in for what a path of the provider would say."""

    issuer: str
    key: RSAKey
    inner: str = ""
    forge: Callable[[Claims], Claims] | None = None
    sign: Callable[[Claims], str] | None = None
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    away: httpx.AsyncHTTPTransport = field(default_factory=httpx.AsyncHTTPTransport)  # it keeps no cookies

    def honest(self) -> None:
        self.forge = self.sign = None
        self.answers = {}

    def signed(self, claims: Claims, key: RSAKey | None = None) -> str:
        key = key or self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)

    def shows(self, *keys: RSAKey) -> None:
        """These are its keys from now on."""
        public = KeySet(list(keys)).as_dict(private=False)
        self.answers["/jwks"] = (200, json.dumps(public).encode())

    async def wire(self, scope: Any, receive: Any, send: Any) -> None:
        """The ASGI application in front of it."""
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        path = scope["path"]
        self.asked.append(path)
        if path in self.answers:
            status, told = self.answers[path]
            headers = [(b"content-type", b"application/json")]
        else:
            address = self.inner + path + ("?" + scope["query_string"].decode() if scope["query_string"] else "")
            asked = httpx.Request(scope["method"], address, headers=scope["headers"], content=body)
            answer = await self.away.handle_async_request(asked)
            status, told = answer.status_code, await answer.aread()
            left_out = (b"content-length", b"transfer-encoding", b"connection", b"content-encoding")
            headers = [(k.lower(), v) for k, v in answer.headers.raw if k.lower() not in left_out]
            if path == "/token" and status == 200 and (self.forge or self.sign):
                told = self._forged(told)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": told})

    def _forged(self, told: bytes) -> bytes:
        given = json.loads(told)
        claims = dict(jwt.decode(given["id_token"], self.key).claims)
        claims = self.forge(claims) if self.forge else claims
        given["id_token"] = self.sign(claims) if self.sign else self.signed(claims)
        return json.dumps(given).encode()

    async def lets_in(self, start: str, name: str, browser: httpx.AsyncClient | None = None) -> str:
        """Signs in at the provider's own pages as `name`, wherever `start` leads; the address that it sends back to."""
        async with contextlib.AsyncExitStack() as stack:
            there = browser or await stack.enter_async_context(httpx.AsyncClient(verify=False, timeout=30))
            answer = await there.get(start)
            for _ in range(12):
                if answer.is_redirect:
                    where = str(answer.next_request.url) if answer.next_request else ""
                    if not where.startswith(self.issuer):
                        return where
                    answer = await there.get(where)
                    continue
                found = re.search(r'action="([^"]+)"', answer.text)
                assert found, answer.text
                prompt = "login" if 'name="login"' in answer.text else "consent"
                form = {"prompt": prompt, "login": name, "password": "whatever"}
                answer = await there.post(html.unescape(found[1]), data=form)
        raise AssertionError("the provider leads nowhere")


@contextlib.asynccontextmanager
async def open_wire() -> AsyncIterator[Provider]:
    """The wire, with nothing behind it yet: so its address is known before anybody else is started."""
    listening = socket.create_server(("127.0.0.1", 0))
    provider = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}", new_key("first"))
    serving = uvicorn.Server(
        uvicorn.Config(provider.wire, interface="asgi3", lifespan="off", log_config=None, access_log=False)
    )
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    while not serving.started:
        await asyncio.sleep(0.01)
    try:
        yield provider
    finally:
        serving.should_exit = True
        await task
        listening.close()
        await provider.away.aclose()


@contextlib.asynccontextmanager
async def running(provider: Provider, *back: str) -> AsyncIterator[None]:
    """The provider behind the wire; it sends people back to the houses at `back`."""
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    assert node, "Node is missing: start the tests with bin/test"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    provider.inner = f"http://127.0.0.1:{port}"
    process = await asyncio.create_subprocess_exec(
        node, str(SCRIPT), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    given = {
        "issuer": provider.issuer,
        "port": port,
        "jwks": {"keys": [provider.key.as_dict(private=True)]},
        "back": back,
    }
    process.stdin.write(json.dumps(given).encode() + b"\n")
    await process.stdin.drain()
    async with asyncio.timeout(60):
        while (said := await process.stdout.readline()) and b"ready" not in said:
            pass
    assert said, "the provider has ended"
    try:
        yield
    finally:
        process.stdin.close()
        await process.wait()
