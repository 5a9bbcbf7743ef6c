"""How the desk shows whether we may answer, for how long, how often, and what then; decided by the rule of contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from guanxi import contacts
from guanxi.channel_kit import Capabilities, Limit


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """An open reply window. `left` is how many replies it still carries; None: any number."""

    by: str
    expires_at: datetime
    left: int | None = None


class ReplyPossibility(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a reply can go now. `reason` is a code when it cannot.

    `sends` says how much of each kind the channel carries. `after_window`: when the window has closed, "push"
    still sends (dearer, or out of an allowance), "none" does not. `outside`: kinds that go without any window.
    `public`: everybody will read it, and no window is asked for.
    `paused`: nothing is sent through this account now, so a reply waits. `recall_within`: how many seconds long a reply can
    be taken back; 0 says that no end is known, None that it cannot be.
    `rating`: the contact can be asked what it was like, has been asked, has answered; '' where there is no way to ask.
    """

    can: bool
    reason: str | None
    window: Window | None
    sends: Mapping[str, Limit]
    public: bool = False
    after_window: Literal["none", "push"] = "none"
    outside: tuple[str, ...] = ()
    paused: bool = False
    recall_within: int | None = None
    rating: Literal["", "can", "asked", "rated"] = ""


def reply_possibility(
    capabilities: Capabilities, windows: Sequence[Mapping[str, Any]], now: datetime, *, public: bool = False
) -> ReplyPossibility:
    """Judge an identity's `windows`, as its row has them, by the rule that delivery spends them by. `capabilities` are the
    channel's as the inbox has them set."""
    recall_within = capabilities.recall_within if capabilities.recall else None
    if public:
        sends = capabilities.public_sends
        return ReplyPossibility(
            can=bool(sends),
            reason=None if sends else "no_public_replies",
            window=None,
            sends=sends,
            public=True,
            recall_within=recall_within,
        )
    kinds = capabilities.reply_windows
    open_ones = msgspec.convert(windows, list[contacts.Window])
    next_one, can = contacts.next_window(open_ones, kinds, now)
    required = any(kind.required for kind in kinds)
    return ReplyPossibility(
        can=can,
        reason=None if can else "window_closed",
        window=_longest(contacts.usable(open_ones, kinds, now)) if next_one else None,
        sends=capabilities.sends,
        after_window="none" if required or not kinds else "push",
        outside=capabilities.outside_window,
        recall_within=recall_within,
    )


def _longest(standing: Sequence[contacts.Window]) -> Window:
    """What the desk counts down: the window that lasts longest, with what all open ones of its kind still carry."""
    longest = max(standing, key=lambda window: (window.expires_at, window.left is None, window.left or 0))
    same = [window.left for window in standing if window.by == longest.by]
    left = None if None in same else sum(count for count in same if count is not None)
    return Window(by=longest.by, expires_at=longest.expires_at, left=left)
