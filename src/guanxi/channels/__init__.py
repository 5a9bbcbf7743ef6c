"""One folder per channel. Each folder here, and each entry point of `guanxi.channels`, is one; no list names them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType

import msgspec

from guanxi import channel_kit
from guanxi.channel_kit.channel import Channel

KIT = Path(str(channel_kit.__file__)).parent
GROUP = "guanxi.channels"


def all_channels() -> Mapping[str, Channel]:
    """Every channel of this installation by key."""
    return MappingProxyType({key: channel for key, (channel, _) in _installed().items()})


def get(key: str) -> Channel:
    """The channel of that key. Raises KeyError."""
    return _installed()[key][0]


def folder(key: str) -> Path:
    """Where the channel's words, icon and fixtures are. Raises KeyError."""
    return _installed()[key][1]


@cache
def words(key: str, language: str) -> Mapping[str, str]:
    """The channel's words in 'en' or 'zh-CN', with those that all channels share; English for a language it does not
    have. Raises KeyError."""
    return {**_words_in(KIT, language), **_words_in(folder(key), language)}


def _words_in(place: Path, language: str) -> Mapping[str, str]:
    for tongue in (language, "en"):
        path = place / "words" / f"{tongue}.json"
        if path.is_file():
            return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    return {}


@cache
def icon(key: str) -> str:
    """The channel's SVG drawing, in the colour of the text around it. Raises KeyError."""
    return (folder(key) / "icon.svg").read_text("utf-8")


def find(outside: Iterable[EntryPoint]) -> dict[str, tuple[Channel, Path]]:
    """The channels of this package and those that `outside` packages offer: key → (channel, its folder).

    An entry point names `module:channel`. Raises ValueError when two channels want one key.
    """
    offers = [f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__) if module.ispkg]
    found: dict[str, tuple[Channel, Path]] = {}
    for module_name, attribute in [
        *((name, "channel") for name in offers),
        *((point.module, point.attr or "channel") for point in outside),
    ]:
        module = importlib.import_module(module_name)
        channel: Channel = getattr(module, attribute)
        key = channel.manifest.key
        if key in found:
            raise ValueError(f"two channels are called {key}")
        found[key] = (channel, Path(str(module.__file__)).parent)
    return found


@cache
def _installed() -> Mapping[str, tuple[Channel, Path]]:
    return find(entry_points(group=GROUP))
