"""May we answer, for how long, how often, and what then?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from guanxi.channel_kit import Capabilities, Limit, ReplyWindow
from guanxi.contacts import Window, next_window
from guanxi.conversations import reply_possibility

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MESSAGE = ReplyWindow(by="message", replies=5, seconds=172_800)
FOLLOW = ReplyWindow(by="follow", replies=3, seconds=60)
TOKEN = ReplyWindow(by="token", replies=1, seconds=60, token=True, required=False)


def can_do(*windows: ReplyWindow) -> Capabilities:
    return Capabilities(receives=("text",), sends={"text": Limit(characters=600)}, reply_windows=windows)


def window(by: str, minutes: float, left: int | None = None) -> dict[str, Any]:
    expires = (NOW + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
    return {"by": by, "opened_at": "2026-11-21T11:00:00Z", "expires_at": expires, "left": left}


@pytest.mark.parametrize(
    ("kinds", "windows", "can", "by", "left", "after"),
    [
        ((), [], True, None, None, "none"),  # no windows: always
        ((MESSAGE,), [], False, None, None, "none"),  # never opened
        ((MESSAGE,), [window("message", 60, 5)], True, "message", 5, "none"),
        ((MESSAGE,), [window("message", -1, 5)], False, None, None, "none"),  # too late
        ((MESSAGE,), [window("message", 0, 5)], False, None, None, "none"),  # this very moment is too late
        ((MESSAGE,), [window("message", 60, 0)], False, None, None, "none"),  # used up
        ((MESSAGE,), [window("message", 60, None)], True, "message", None, "none"),
        ((MESSAGE, FOLLOW), [window("follow", 1, 3), window("message", 60, 2)], True, "message", 2, "none"),
        ((MESSAGE, FOLLOW), [window("follow", 1, 3), window("message", 60, 0)], True, "follow", 3, "none"),
        ((MESSAGE,), [window("gone", 60, 3)], False, None, None, "none"),  # a kind the channel has no more
        ((TOKEN,), [], True, None, None, "push"),
        ((TOKEN,), [window("token", 1, 1), window("token", 0.5, 1)], True, "token", 2, "push"),
    ],
)
def test_the_window_decides(
    kinds: Any, windows: list[Any], can: bool, by: str | None, left: int | None, after: str
) -> None:
    possible = reply_possibility(can_do(*kinds), windows, NOW)
    assert (possible.can, possible.window and possible.window.by, possible.after_window) == (can, by, after)
    assert possible.window is None or possible.window.left == left
    assert possible.reason == (None if can else "window_closed")
    spent, may = next_window(msgspec.convert(windows, list[Window]), kinds, NOW)  # delivery decides no differently
    assert (may, spent is not None) == (can, possible.window is not None)
