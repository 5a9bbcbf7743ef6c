"""What is too long is counted as the platform counts it."""

from __future__ import annotations

import pytest

from guanxi.channel_kit import Limit
from guanxi.content import Text
from guanxi.conversations import fits

TEA = "🍵"  # one character, two UTF-16 units, four bytes


@pytest.mark.parametrize(
    ("limit", "most"), [(Limit(characters=10), 10), (Limit(characters=10, counted="utf16"), 5), (Limit(bytes=12), 3)]
)
def test_an_emoji_counts_as_the_platform_counts_it(limit: Limit, most: int) -> None:
    assert fits(Text(TEA * most), {"text": limit}) == ""
    assert fits(Text(TEA * (most + 1)), {"text": limit}) == "too_long"
