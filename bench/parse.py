"""How much one core reads: every channel's own fixtures, verified and parsed, in bodies a second.

Ours is what stands between a kept request and the pipeline: the signature over the raw bytes is proved, a sealed body is opened, and
what was said is told in our own words; of a page that was fetched there is nothing to prove. Each body is read as if it were the first
of its kind. The reference is the bare work that nobody can do without: the same bytes hashed once (SHA-256) and decoded once by the
standard library (JSON, XML or a form), with nothing proved, opened, checked or told.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from bench.rig.figure import PAIRS, Figure, Missed, pairs, ratios, run, spread
from guanxi import channels
from guanxi.channel_kit import Channel
from guanxi.channel_kit.conformance.fixtures import Arrival, Subject

GOAL = 5000.0
SECONDS = 0.5


@dataclass(frozen=True)
class Bodies:
    """One channel's genuine bodies: what proves and reads them, and what merely decodes them."""

    channel: Channel
    arrivals: tuple[Arrival, ...]

    def read(self) -> Iterator[None]:
        for one in cycle([(each.request, each.access, each.is_pulled) for each in self.arrivals]):
            request, access, is_pulled = one
            if not is_pulled:
                self.channel.verify(request, access)
            list(self.channel.parse(request, access))
            yield

    def decode(self) -> Iterator[None]:
        for body in cycle([each.request.body for each in self.arrivals]):
            hashlib.sha256(body).digest()
            _decode(body)
            yield


async def measure(quick: bool) -> Figure:
    many, seconds = (1, 0.02) if quick else (PAIRS, SECONDS)
    everybody = await asyncio.to_thread(lambda: list(_everybody()))  # fetching a page has a loop of its own
    table: dict[str, dict[str, float]] = {}
    slowest: tuple[float, Mapping[str, Any], Mapping[str, Any], float] | None = None
    for bodies in everybody:
        ours, reference = await pairs(many, _rate(bodies.read, seconds), _rate(bodies.decode, seconds))
        ratio, about = ratios(ours, reference)
        rate = statistics.median(ours)
        sizes = [len(each.request.body) for each in bodies.arrivals]
        table[bodies.channel.manifest.key] = {
            "bodies_per_s_and_core": round(rate),
            "decoded_per_s_and_core": round(statistics.median(reference)),
            "ratio": ratio,
            "kinds_of_bodies": len(sizes),
            "mean_bytes": round(statistics.mean(sizes)),
        }
        if slowest is None or rate < slowest[0]:
            slowest = (
                rate,
                spread("slowest_bodies_per_s", ours, 0) | about,
                spread("decoded_per_s", reference, 0),
                ratio,
            )
    if slowest is None:
        raise Missed("there is no channel with fixtures")
    _, ours_told, reference_told, ratio = slowest
    return Figure(
        bench="parse",
        figures={**ours_told, "goal_bodies_per_s": GOAL, **table},
        reference=dict(reference_told),
        ratio=ratio,
    )


def _everybody() -> Iterator[Bodies]:
    for key, channel in sorted(channels.all_channels().items()):
        told = [
            one
            for one in Subject(channel, channels.folder(key)).arrivals
            if one.fixture.get("expect") and _is_plain(one)
        ]
        if told:
            yield Bodies(channel, tuple(told))


def _is_plain(one: Arrival) -> bool:
    """Can the reference read it too? Some platforms' bodies are broken in ways that a channel mends."""
    try:
        _decode(one.request.body)
    except (ValueError, ElementTree.ParseError):
        return False
    return True


def _rate(begin: Callable[[], Iterable[None]], seconds: float) -> Callable[[], Any]:
    async def rate() -> float:
        work = iter(begin())
        done, began = 0, time.process_time()
        while (took := time.process_time() - began) < seconds:
            for _ in islice(work, 100):
                done += 1
        return done / took

    return rate


def _decode(body: bytes) -> object:
    if body[:1] in (b"{", b"["):
        return json.loads(body)
    if body[:1] == b"<":
        return ElementTree.fromstring(body)
    return parse_qsl(body.decode("utf-8", "replace"))


if __name__ == "__main__":
    run(measure)
