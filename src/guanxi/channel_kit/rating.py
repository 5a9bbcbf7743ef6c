"""How a contact is asked what a conversation was like: in the channel's own way, or by a question with answers to tap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from guanxi.channel_kit.manifest import Manifest, Setting

RatingWay = Literal["", "own", "choices"]
STARS = 5


def rating_settings(only: str = "") -> tuple[Setting, ...]:
    """The two fields of a form by which an inbox asks at the end of each conversation. Their words are the same for all
    channels and stand in this package."""
    return (
        Setting(key="rating", kind="switch", required=False, default="false", only=only),
        Setting(key="rating_text", required=False, pattern=r"[^\x00]{0,300}", only=only),
    )


def rating_way(manifest: Manifest, settings: Mapping[str, str]) -> RatingWay:
    """How this inbox can ask; '' where it cannot: the channel has no way, or the inbox goes one that has none."""
    for setting in manifest.settings:
        if setting.key == "rating" and not is_asked(manifest, setting, settings):
            return ""
    return manifest.capabilities.rating


def is_asked(manifest: Manifest, setting: Setting, settings: Mapping[str, str]) -> bool:
    """Does the choice stand that this field belongs to?"""
    key, _, value = setting.only.partition("=")
    return not key or any(one.key == key and (settings.get(key) or one.default) == value for one in manifest.settings)
