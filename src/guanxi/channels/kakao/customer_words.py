"""What the customer reads of us without an agent having written it: Korean, unless the inbox says it otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from guanxi.channel_kit import Access


def words_for(name: str, access: Access) -> str:
    """The inbox's own sentence where its form asks for one (`wait_text` for `wait`), else the Korean one."""
    return access.settings.get(f"{name}_text") or _korean()[name]


@cache
def _korean() -> Mapping[str, str]:
    path = Path(__file__).parent / "words" / "ko.json"
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
