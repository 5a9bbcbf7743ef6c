"""May we answer, for how long, how often, and what then? A pure decision from the manifest and the open windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from guanxi.channel_kit import Limit, Manifest


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """An open reply window. `left` is how many replies it still carries; None: any number."""

    by: str
    expires_at: datetime
    left: int | None = None


class ReplyPossibility(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a reply can go now. `reason` is a code when it cannot.

    `sends` says how much of each kind the channel carries. `after_window`: when the window has closed, "push"
    still sends (dearer, or out of an allowance), "none" does not. `outside`: kinds that go without any window.
    """

    can: bool
    reason: str | None
    window: Window | None
    sends: Mapping[str, Limit]
    after_window: Literal["none", "push"]
    outside: tuple[str, ...] = ()


def reply_possibility(manifest: Manifest, windows: Sequence[Mapping[str, Any]], now: datetime) -> ReplyPossibility:
    """Judge an identity's `windows` ([{by, token, opened_at, expires_at, left}], times as text or datetime)."""
    kinds = {window.by: window for window in manifest.capabilities.reply_windows}
    required = any(kind.required for kind in kinds.values())
    best = _best([window for window in (_read(one) for one in windows) if window is not None], kinds.keys(), now)
    can = best is not None or not required
    return ReplyPossibility(
        can=can,
        reason=None if can else "window_closed",
        window=best,
        sends=manifest.capabilities.sends,
        after_window="none" if required or not kinds else "push",
        outside=manifest.capabilities.outside_window,
    )


def _best(windows: Sequence[Window], known: Any, now: datetime) -> Window | None:
    """The open window that lasts longest, with what all open ones of its kind still carry."""
    usable = [w for w in windows if w.by in known and w.expires_at > now and (w.left is None or w.left > 0)]
    if not usable:
        return None
    longest = max(usable, key=lambda window: (window.expires_at, window.left is None, window.left or 0))
    same = [window.left for window in usable if window.by == longest.by]
    left = None if None in same else sum(count for count in same if count is not None)
    return Window(by=longest.by, expires_at=longest.expires_at, left=left)


def _read(window: Mapping[str, Any]) -> Window | None:
    expires_at, left = window.get("expires_at"), window.get("left")
    if isinstance(expires_at, str):
        expires_at = datetime.fromisoformat(expires_at)
    if not isinstance(expires_at, datetime):
        return None
    if expires_at.tzinfo is None:
        expires_at = expires_at.replace(tzinfo=UTC)
    return Window(by=str(window.get("by", "")), expires_at=expires_at, left=left if isinstance(left, int) else None)
