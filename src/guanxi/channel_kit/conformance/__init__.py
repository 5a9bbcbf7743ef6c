"""The conformance kit: holds any channel to its manifest. Each check is a promise that every channel keeps.

A channel is tried through the fixtures in its folder; `docs/how-to` shows how to write them, `fixtures.py` how they are
read. The manifest's `exempt` may name a check of this kit, with the reason; such a check is not run, and the reason is
shown to whoever connects an inbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from guanxi.channel_kit.channel import Channel
from guanxi.channel_kit.conformance.exemptions import kept
from guanxi.channel_kit.conformance.fixtures import Broken, Subject

__all__ = ["Broken", "Check", "checks"]


@dataclass(frozen=True, slots=True)
class Check:
    """One promise, by name. `run` raises Broken with a sentence when the channel does not keep it."""

    name: str
    run: Callable[[], None]


def checks(channel: Channel, folder: Path) -> Iterator[Check]:
    """Every check for this channel. They run synchronously, and need no network and no event loop."""
    for promise in kept(Subject(channel, folder)):
        yield Check(name=promise.__name__, run=_trial(promise, channel, folder))


def _trial(promise: Callable[[Subject], None], channel: Channel, folder: Path) -> Callable[[], None]:
    def run() -> None:
        promise(Subject(channel, folder))

    return run
