"""What is lent to a channel for one call: settings, secrets, a guarded way out, and cached tokens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import msgspec


class NotSent(Exception):
    """The request provably never left: no connection, or a refusal by our own guard. Safe to repeat."""


class MaybeSent(Exception):
    """The connection broke, or time ran out, after bytes may have left. Nobody can know what the platform did."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform answered. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises MaybeSent when it is not JSON, for then nobody knows what it means."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, RecursionError) as error:
            raise MaybeSent("the platform's answer is not JSON") from error


class Http(Protocol):
    """The guarded and timed way out. Raises NotSent or MaybeSent, never another network error.

    An answer of any status comes back as an Answer; the channel judges it.
    """

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
    ) -> Answer: ...


class Tokens(Protocol):
    """`await token(name, fetch)`: the cached access token of that name, or the one that `fetch` brings.

    `fetch` returns (token, seconds it lives). One fetch at a time per inbox and name. `stale` names a token that
    the platform just refused: it is dropped before looking, so a hundred senders cause one refresh.
    """

    async def __call__(
        self, name: str, fetch: Callable[[], Awaitable[tuple[str, float]]], *, stale: str = ""
    ) -> str: ...


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Lent for one call about one inbox. `http` and `token` are missing in pure functions (verify, parse)."""

    settings: Mapping[str, str]
    secrets: Mapping[str, str]
    http: Http = msgspec.UNSET  # type: ignore[assignment]
    token: Tokens = msgspec.UNSET  # type: ignore[assignment]
