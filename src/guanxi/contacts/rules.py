"""Which reply windows stand and which one a reply spends; what a contact takes over of what is told about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from guanxi.channel_kit import Opening, ReplyWindow
from guanxi.contacts.model import Window

MOST_WINDOWS = 6


def opened(windows: Sequence[Window], openings: Iterable[Opening], kinds: Sequence[ReplyWindow], at: datetime,
           now: datetime) -> list[Window]:  # fmt: skip
    """The windows after these openings. A new one sets its kind back to full, except where each has its own token."""
    standing = [window for window in windows if window.expires_at > now]
    by_name = {kind.by: kind for kind in kinds}
    for opening in openings:
        kind = by_name.get(opening.by)
        expires = at + timedelta(seconds=kind.seconds) if kind else at
        if kind is None or expires <= now:
            continue
        if not kind.token:
            standing = [window for window in standing if window.by != kind.by]
        standing.append(
            Window(by=kind.by, opened_at=at, expires_at=expires, left=kind.replies or None, token=opening.token)
        )
    return standing[-MOST_WINDOWS:]


def usable(windows: Sequence[Window], kinds: Sequence[ReplyWindow], now: datetime) -> list[Window]:
    """Those that stand open, of a kind that the channel knows, and with a reply left."""
    known = {kind.by for kind in kinds}
    return [w for w in windows if w.by in known and w.expires_at > now and (w.left is None or w.left > 0)]


def next_window(windows: Sequence[Window], kinds: Sequence[ReplyWindow], now: datetime) -> tuple[Window | None, bool]:
    """(the window that the next reply spends, may it be sent at all).

    Tokens first, for they are free and die soonest; then the window with replies left that closes first.
    """
    standing = usable(windows, kinds, now)
    if not standing:
        return None, not any(kind.required for kind in kinds)
    return min(standing, key=lambda window: (not window.token, window.expires_at)), True


def news(told: Mapping[str, str], before: Mapping[str, str], have: Mapping[str, str]) -> dict[str, str]:
    """Of what is told now, what a contact takes over: where it has nothing, or still has what was told before.
    What an agent has written over stays."""
    return {
        key: value
        for key, value in told.items()
        if value and have.get(key, "") != value and have.get(key, "") in ("", before.get(key, ""))
    }


def to_bring_together(found: Sequence[tuple[UUID, datetime, int]]) -> tuple[UUID, UUID] | None:
    """(the contact that stays, the one that goes) of one person's identities: each with its contact, since when that is
    there, and how many identities of it are not proved to be his. None where that is not clear.

    The older stays. It goes wrong in no case: with three contacts nobody knows which two are meant, and a contact that an
    agent or another proof has given further identities is not given away.
    """
    contacts = {contact: (at, others) for contact, at, others in found}
    if len(contacts) != 2:
        return None
    (kept, _), (left, (_, others)) = sorted(contacts.items(), key=lambda one: (one[1][0], one[0]))
    return None if others else (kept, left)
