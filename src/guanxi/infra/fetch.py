"""The one way out: HTTP with time limits, size limits, and a guard at the moment of connecting.

The guard looks at the resolved address, never at the name, at every connection and so at every redirect: a name
may resolve anew, and `127.1` or `0x7f000001` only turn into loopback when they are resolved.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import httpcore
import httpx
import msgspec

TIMEOUT = httpx.Timeout(15.0, connect=5.0)


class Blocked(Exception):
    """The address is not one that the house may call."""


class NotSent(Exception):
    """The request provably never left."""


class MaybeSent(Exception):
    """It broke after bytes may have left."""


class TooLarge(Exception):
    """The answer is larger than the caller allows."""


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of any status. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def is_public(address: str) -> bool:
    """Is this a global unicast address, seen through every way of writing IPv4 inside IPv6?"""
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            ip = inner
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


class _Guard(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that pass, and to exactly the address that was looked at."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._allowed = allowed

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} does not resolve") from error
        addresses = [str(info[4][0]) for info in found]
        if f"{host}:{port}" not in self._allowed and not all(is_public(address) for address in addresses):
            raise Blocked(f"{host} is a private address; allow it with the setting private_hosts_allowed")
        return await self._inner.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise Blocked("local sockets are not for calling out")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class _Transport(httpx.AsyncBaseTransport):
    def __init__(self, allowed: frozenset[str]) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=200,
            max_keepalive_connections=20,
            keepalive_expiry=5,
            network_backend=_Guard(allowed),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Stream(answer.stream),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Stream(httpx.AsyncByteStream):
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._inner:
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()


class Fetcher:
    """One per process. `allowed` are `host:port` that may be called though they are private."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._web = httpx.AsyncClient(
            transport=_Transport(frozenset(allowed)),
            timeout=TIMEOUT,
            follow_redirects=False,
            headers={"user-agent": "Guanxi/0.1"},
        )

    async def close(self) -> None:
        await self._web.aclose()

    async def __call__(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        body: bytes | None = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        limit: int = 25_000_000,
        seconds: float = 15.0,
    ) -> Fetched:
        """Make one call, without following redirects. JSON goes out as raw UTF-8.

        Raises Blocked or NotSent when nothing left, MaybeSent when something may have, TooLarge beyond `limit` bytes.
        """
        sent_headers = dict(headers or {})
        if json is not None:
            body = msgspec.json.encode(json)
            sent_headers.setdefault("content-type", "application/json; charset=utf-8")
        try:
            async with (
                asyncio.timeout(seconds + 5),
                self._web.stream(
                    method,
                    url,
                    headers=sent_headers,
                    params=query,
                    content=body,
                    data=form,
                    files=files,
                    timeout=httpx.Timeout(seconds, connect=5.0),
                ) as answer,
            ):
                return Fetched(
                    status=answer.status_code,
                    headers={name.lower(): value for name, value in answer.headers.items()},
                    body=await _read(answer, limit),
                )
        except Blocked as error:
            raise NotSent(str(error)) from error
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotSent(f"no connection: {type(error).__name__}") from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol) as error:
            raise NotSent("not a web address") from error
        except (httpcore.PoolTimeout, httpx.PoolTimeout) as error:
            raise NotSent("too many calls at once") from error
        except (httpx.HTTPError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise MaybeSent(type(error).__name__) from error
        except TimeoutError as error:
            raise MaybeSent("time ran out") from error


async def _read(answer: httpx.Response, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in answer.aiter_bytes():
        size += len(part)
        if size > limit:
            raise TooLarge(f"more than {limit} bytes")
        parts.append(part)
    return b"".join(parts)
