"""Asking a provider: what must survive is masked, a text that two ask for at once is asked once, and who fails has a rest."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from guanxi.infra.clock import Clock
from guanxi.infra.fetch import Fetcher
from guanxi.translating.model import Failed, Provider
from guanxi.translating.providers import PROVIDERS
from guanxi.translating.rules import LONGEST, masked, pieces, says_something, unmasked

SECONDS = 20.0  # for one question, whatever it takes
AT_ONCE = 8  # questions of one process
FAILURES = 3  # in a row, and nobody is asked for a while
KNOWN = 500  # texts that were asked last
REST = timedelta(seconds=30)
LONGEST_ANSWER = 20_000
_Key = tuple[UUID, str, str, str, str]


@dataclass
class _Health:
    failures: int = 0
    rests_until: datetime | None = None


@dataclass
class Translator:
    """One for each process. Nothing of it matters to anybody when it is gone."""

    fetch: Fetcher
    clock: Clock
    health: dict[tuple[UUID, str], _Health] = field(default_factory=dict)
    asked: dict[_Key, asyncio.Task[str]] = field(default_factory=dict)
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def ask(
        self, workspace_id: UUID, provider: Provider, texts: Sequence[str], source: str, to: str, *, anew: bool = False
    ) -> list[str | Failed]:
        """Each text in the language `to`, or why not: of one text after SECONDS at the latest. Never raises Failed. `anew`
        asks even for what is known, and a provider that rests."""
        keys = [(workspace_id, provider.version, source, to, text) for text in texts]
        if anew:
            self.health.pop((workspace_id, provider.version), None)
        found = await asyncio.gather(
            *((self._one if anew else self._once)(key, provider) for key in keys),
            return_exceptions=True,
        )
        for one in found:
            if isinstance(one, BaseException) and not isinstance(one, Failed):
                raise one
        return [one for one in found if isinstance(one, str | Failed)]

    async def _once(self, key: _Key, provider: Provider) -> str:
        """Who asks for what another one has just asked for waits with him; if the first goes away, it is finished all the same."""
        task = self.asked.get(key)
        if task is None:
            task = self.asked[key] = asyncio.create_task(self._one(key, provider))
            task.add_done_callback(lambda done: self._over(key, done))
        return await asyncio.shield(task)

    def _over(self, key: _Key, done: asyncio.Task[str]) -> None:
        """What was found is known a while longer: somebody may just be about to ask, before it is written down."""
        if done.cancelled() or done.exception() is not None:
            self.asked.pop(key, None)
        while len(self.asked) > KNOWN and self.asked[next(iter(self.asked))].done():
            del self.asked[next(iter(self.asked))]

    async def _one(self, key: _Key, provider: Provider) -> str:
        workspace_id, _, source, to, text = key
        if len(text) > LONGEST:
            raise Failed("too_long")
        shown, kept = masked(text)
        if not says_something(shown):
            return text
        async with self.room:
            return await self._asked(workspace_id, provider, shown, kept, source, to)

    async def _asked(
        self, workspace_id: UUID, provider: Provider, shown: str, kept: list[str], source: str, to: str
    ) -> str:
        health = self.health.setdefault((workspace_id, provider.version), _Health())
        if health.rests_until is not None and self.clock() < health.rests_until:
            raise Failed("resting")
        try:
            async with asyncio.timeout(SECONDS):
                translated = await self._kept(provider, shown, kept, source, to)
        except TimeoutError as error:
            self._failed(health)
            raise Failed("slow") from error
        except Failed as failed:
            if failed.code != "unsupported":  # a language that it lacks says nothing of the others
                self._failed(health)
            raise
        health.failures, health.rests_until = 0, None
        return translated[:LONGEST_ANSWER]

    async def _kept(self, provider: Provider, shown: str, kept: list[str], source: str, to: str) -> str:
        ask = PROVIDERS[provider.kind]
        (translated,) = await ask(self.fetch, provider, [shown], source, to)
        if (whole := unmasked(translated, kept)) is not None:
            return whole
        # It has lost a mark: what must survive is not shown to it any more, only the words between.
        cut = pieces(shown)
        said = iter(await ask(self.fetch, provider, [piece.strip() for piece, speaks in cut if speaks], source, to))
        joined = "".join(_spaced(piece, next(said)) if speaks else piece for piece, speaks in cut)
        if (whole := unmasked(joined, kept)) is None:
            raise Failed("unreadable", "it makes up marks")
        return whole

    def _failed(self, health: _Health) -> None:
        health.failures += 1
        if health.failures >= FAILURES:
            health.rests_until = self.clock() + REST


def _spaced(piece: str, said: str) -> str:
    """The translation with the spaces that stood around what it translates."""
    return piece[: len(piece) - len(piece.lstrip())] + said + piece[len(piece.rstrip()) :]
