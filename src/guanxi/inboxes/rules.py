"""Is this what the channel's form asks for?"""

from __future__ import annotations

import re
from collections.abc import Mapping

from guanxi.channel_kit import LIMIT_PREFIX, Manifest, adjustable, is_asked

LONGEST_VALUE = 4000


def sorted_out(
    manifest: Manifest, settings: Mapping[str, str], secrets: Mapping[str, str], have: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """(settings, secrets, problems by field). An empty secret keeps the one that we `have`."""
    problems: dict[str, str] = {}
    plain: dict[str, str] = {}
    sealed: dict[str, str] = {}
    known = {setting.key for setting in manifest.settings}
    for key in {*settings, *secrets} - known:
        problems[key] = "unknown"
    for setting in manifest.settings:
        is_secret = setting.kind == "secret"
        given = (secrets.get(setting.key) or settings.get(setting.key) or "").strip()
        value = given or (have.get(setting.key, "") if is_secret else setting.default)
        if not value:
            if setting.required and is_asked(manifest, setting, settings):
                problems[setting.key] = "missing"
            continue
        if len(value) > LONGEST_VALUE or (setting.pattern and not re.fullmatch(setting.pattern, value)):
            problems[setting.key] = "malformed"
        if setting.choices and value not in setting.choices:
            problems[setting.key] = "malformed"
        (sealed if is_secret else plain)[setting.key] = value
    return plain, sealed, problems


def limits_sorted_out(
    manifest: Manifest, given: Mapping[str, int | None], have: Mapping[str, int]
) -> tuple[dict[str, str], dict[str, str]]:
    """(what the settings keep of limits, problems by field): those that we `have`, changed by what is given; None goes back
    to what the channel says."""
    known = {one.key: one for one in adjustable(manifest)}
    problems = {}
    for key, value in given.items():
        if key not in known:
            problems[f"limits.{key}"] = "unknown"
        elif value is not None and not known[key].least <= value <= known[key].most:
            problems[f"limits.{key}"] = "out_of_range"
    kept = {key: value for key, value in {**have, **given}.items() if value is not None}
    return {LIMIT_PREFIX + key: str(value) for key, value in kept.items()}, problems
