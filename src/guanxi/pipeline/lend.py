"""What a channel is lent for one call about one inbox: its settings, a guarded way out, cached access tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from guanxi.channel_kit import Access, Answer, MaybeSent, NotSent
from guanxi.house import House
from guanxi.inboxes import Door
from guanxi.infra import fetch

EARLY = 60.0  # seconds before its end that a token is renewed


def plain(door: Door) -> Access:
    """For pure functions (verify, parse): nothing that reaches out."""
    return Access(settings=door.settings, secrets=door.secrets)


class Lender:
    """One per process. Access tokens live in memory, one fetch at a time per inbox and name."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._tokens: dict[tuple[UUID, int, str], tuple[str, float]] = {}
        self._locks: dict[tuple[UUID, int, str], asyncio.Lock] = {}

    def lend(self, door: Door) -> Access:
        """Everything, for a call to the platform."""

        async def token(name: str, fetch: Callable[[], Awaitable[tuple[str, float]]], *, stale: str = "") -> str:
            return await self._token((door.inbox_id, door.version, name), fetch, stale)

        return Access(settings=door.settings, secrets=door.secrets, http=self._http, token=token)

    def lend_unsaved(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> Access:
        """For checking credentials before an inbox exists: nothing is cached."""

        async def token(name: str, fetch: Callable[[], Awaitable[tuple[str, float]]], *, stale: str = "") -> str:
            return (await fetch())[0]

        return Access(settings=settings, secrets=secrets, http=self._http, token=token)

    async def _token(
        self, key: tuple[UUID, int, str], get: Callable[[], Awaitable[tuple[str, float]]], stale: str
    ) -> str:
        async with self._locks.setdefault(key, asyncio.Lock()):
            now = asyncio.get_running_loop().time()
            value, until = self._tokens.get(key, ("", 0.0))
            if not value or until <= now or value == stale:
                value, seconds = await get()
                self._tokens[key] = (value, now + max(seconds - EARLY, seconds / 2))
            return value

    async def _http(
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
    ) -> Answer:
        try:
            got = await self._house.fetch(
                method, url, headers=headers, query=query, json=json, body=body, form=form, files=files, limit=limit
            )
        except fetch.NotSent as error:
            raise NotSent(str(error)) from error
        except (fetch.MaybeSent, fetch.TooLarge) as error:
            raise MaybeSent(str(error)) from error
        return Answer(status=got.status, headers=got.headers, body=got.body)
