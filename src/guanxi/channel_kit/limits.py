"""How much a channel carries, as one inbox has it: what the manifest says, and what the inbox's settings say otherwise.

Platforms change their limits, and some of them nobody could confirm. So each number of a manifest can be said anew for
one inbox, and whoever judges by limits asks here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeVar

import msgspec

from guanxi.channel_kit.manifest import Capabilities, Limit, Manifest, ReplyWindow
from guanxi.channel_kit.showing import CodeLimit, MenuLimit

Some = TypeVar("Some", Limit, ReplyWindow, MenuLimit, CodeLimit)
LIMIT_PREFIX = "limit."  # of the names under which an inbox's settings keep them
Part = Literal["sends", "public_sends", "reply_windows", "recall_within", "menu", "codes"]
What = Literal[
    "title", "characters", "bytes", "seconds", "options", "label", "replies", "buttons", "children", "child_label", "key",
    "address", "scene", "days", "numbers",
]  # fmt: skip
SIZES: tuple[What, ...] = ("title", "characters", "bytes", "seconds", "options", "label")
OF_MENUS: tuple[What, ...] = ("buttons", "children", "label", "child_label", "key", "address")
OF_CODES: tuple[What, ...] = ("scene", "days", "numbers")

# More than the house itself carries would be a promise that it cannot keep.
MOST: Mapping[What, int] = {
    "characters": 100_000,
    "bytes": 1024**3,
    "seconds": 86_400,
    "title": 300,
    "options": 20,
    "label": 300,
    "replies": 99_999,
    "buttons": 20,
    "children": 20,
    "child_label": 300,
    "key": 1000,
    "address": 2000,
    "scene": 300,
    "days": 3650,
    "numbers": 10**9,
}
LONGEST = 366 * 86_400  # seconds that a window stands, or that a message can be taken back


class Adjustable(msgspec.Struct, frozen=True, kw_only=True):
    """One number of a manifest that an inbox may say otherwise, from `least` to `most`; of `replies` 0 says any number.

    `of` is the kind of content, or what opens the window; '' of the rest. `confirmed`: false where no page of the platform settles it.
    """

    key: str
    part: Part
    of: str
    what: What
    value: int
    least: int
    most: int
    confirmed: bool


def adjustable(manifest: Manifest) -> tuple[Adjustable, ...]:
    """Every number that the manifest names, in its order. What it leaves open (0) is no limit, and none can be set."""
    return tuple(_each(manifest))


def _each(manifest: Manifest) -> Iterator[Adjustable]:
    can = manifest.capabilities
    parts: tuple[tuple[Part, Mapping[str, Limit]], ...] = (("sends", can.sends), ("public_sends", can.public_sends))
    for part, sends in parts:
        for kind, limit in sends.items():
            yield from (_one(can, part, kind, what, value, 1, MOST[what]) for what, value in _named(limit, SIZES))
    for window in can.reply_windows:
        yield _one(can, "reply_windows", window.by, "replies", window.replies, 0, MOST["replies"])
        yield _one(can, "reply_windows", window.by, "seconds", window.seconds, 1, LONGEST)
    if can.recall_within:
        yield _one(can, "recall_within", "", "seconds", can.recall_within, 1, LONGEST)
    yield from (_one(can, "menu", "", what, value, 1, MOST[what]) for what, value in _named(can.menu, OF_MENUS))
    yield from (_one(can, "codes", "", what, value, 1, MOST[what]) for what, value in _named(can.codes, OF_CODES))


def _named(limit: Limit | MenuLimit | CodeLimit | None, names: Sequence[What]) -> Iterator[tuple[What, int]]:
    """The numbers of this limit that it names."""
    found = ((what, getattr(limit, what, 0)) for what in names)
    return ((what, value) for what, value in found if value)


def _one(can: Capabilities, part: Part, of: str, what: What, value: int, least: int, most: int) -> Adjustable:
    key = ".".join(word for word in (part, of, "" if part == "recall_within" else what) if word)
    confirmed = not any(key == one or key.startswith(one + ".") for one in can.unconfirmed)
    return Adjustable(key=key, part=part, of=of, what=what, value=value, least=least, most=most, confirmed=confirmed)


def limits_as_set(manifest: Manifest, settings: Mapping[str, str]) -> Capabilities:
    """The manifest's capabilities with the numbers that this inbox's settings say. What is no number within its bounds, or
    belongs to no limit, leaves what the manifest says."""
    can = manifest.capabilities
    said = limits_said(manifest, settings)
    if not said:
        return can
    return msgspec.structs.replace(
        can,
        sends={kind: _with(limit, f"sends.{kind}", SIZES, said) for kind, limit in can.sends.items()},
        public_sends={
            kind: _with(limit, f"public_sends.{kind}", SIZES, said) for kind, limit in can.public_sends.items()
        },
        reply_windows=tuple(
            _with(window, f"reply_windows.{window.by}", ("replies", "seconds"), said) for window in can.reply_windows
        ),
        menu=_with(can.menu, "menu", OF_MENUS, said) if can.menu else None,
        codes=_with(can.codes, "codes", OF_CODES, said) if can.codes else None,
        recall_within=said.get("recall_within", can.recall_within),
    )


def limits_said(manifest: Manifest, settings: Mapping[str, str]) -> dict[str, int]:
    """What these settings say of limits, by key."""
    told = {key.removeprefix(LIMIT_PREFIX): value for key, value in settings.items() if key.startswith(LIMIT_PREFIX)}
    if not told:
        return {}
    return {
        one.key: int(value)
        for one in adjustable(manifest)
        if (value := told.get(one.key, "")).isdecimal() and len(value) < 12 and one.least <= int(value) <= one.most
    }


def _with(limit: Some, place: str, names: Sequence[What], said: Mapping[str, int]) -> Some:
    return msgspec.structs.replace(
        limit, **{name: said[f"{place}.{name}"] for name in names if f"{place}.{name}" in said}
    )
