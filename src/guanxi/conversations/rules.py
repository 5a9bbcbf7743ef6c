"""Pure decisions about conversations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from guanxi.channel_kit import Limit, Post
from guanxi.content import Card, Choices, Content, MiniProgram, Text, as_text, kind_of, media_of
from guanxi.conversations.model import RANK

PREVIEW = 160
LONGEST_QUOTE = 60  # characters of a quote that is said in words
LONGEST_TEXT = 100_000
PART = "part:"


def clamp(sent_at: datetime, now: datetime) -> datetime:
    """The channel's time, for ordering: not more than 8 days old, not more than 5 minutes ahead."""
    return min(max(sent_at, now - timedelta(days=8)), now + timedelta(minutes=5))


def preview(content: Content) -> str:
    """One line for lists."""
    return " ".join(as_text(content).split())[:PREVIEW]


def fits(content: Content, sends: Mapping[str, Limit]) -> str:
    """'' when the channel carries this content, else why not, as a code."""
    limit = sends.get(kind_of(content))
    if limit is None:
        return "kind_not_carried"
    missing = next((name for name in limit.needs if not getattr(content, name, None)), "")
    if missing:
        return f"needs_{missing}"
    match content:
        case Text(text=text) | Choices(text=text) if not text.strip():
            return "empty"
        case Card(title=title) | MiniProgram(title=title) if not title.strip():
            return "empty"
        case Choices(options=options):
            wrong = _wrong_labels([option.text for option in options], limit) or ("" if options else "no_options")
        case Card(buttons=buttons):
            wrong = _wrong_labels([button.text for button in buttons], limit)
        case _:
            wrong = ""
    if limit.title and len(getattr(content, "title", "")) > limit.title:
        return "title_too_long"
    return wrong or _wrong_length(content, limit) or _wrong_file(content, limit)


def quoting(quoted: str, said: str, limit: Limit) -> str:
    """An answer that quotes in its own words, as 「…」 above it: one line, cut, and cut more where the channel's limit leaves
    less room; without, where there is hardly any.

    >>> quoting("Is it in stock?\\nThe blue one", "Yes", Limit())
    '「Is it in stock? The blue one」\\nYes'
    """
    line = " ".join(quoted.split())
    for most in (LONGEST_QUOTE, 30, 12):
        shown = line if len(line) <= most else line[: most - 1] + "…"
        whole = f"「{shown}」\n{said}"
        if shown and not _wrong_length(Text(whole), limit):
            return whole
    return said


def _wrong_labels(labels: Sequence[str], limit: Limit) -> str:
    if len(labels) > limit.options:
        return "too_many_options"
    if any(not label.strip() for label in labels):
        return "empty"
    return "label_too_long" if limit.label and any(len(label) > limit.label for label in labels) else ""


def _wrong_length(content: Content, limit: Limit) -> str:
    if not isinstance(content, Text | Choices | Card):
        return ""
    said = content.text
    length = len(said.encode("utf-16-le", "replace")) // 2 if limit.counted == "utf16" else len(said)
    too_long = (limit.characters and length > limit.characters) or (limit.bytes and len(said.encode()) > limit.bytes)
    return "too_long" if too_long else ""


def _wrong_file(content: Content, limit: Limit) -> str:
    """A file of the wrong type, too large, or longer than the channel plays."""
    media = media_of(content)
    if media is None:
        return ""
    if limit.types and media.type not in limit.types:
        return "file_type"
    if limit.bytes and media.size > limit.bytes and not isinstance(content, Card):
        return "file_too_large"
    return "plays_too_long" if limit.seconds and media.duration > limit.seconds * 1000 else ""


def thread_key(thread: str, post: Post | None) -> str:
    """What tells several conversations of one identity apart: the post, in public; else the channel's own thread. A thread
    whose name looks like a post's stays another one: what is said in private never comes to stand in public."""
    if post is not None:
        return "post:" + post.external_id
    return "chat:" + thread if thread.startswith(("post:", "chat:", PART)) else thread


def part_of(key: str, name: str) -> str:
    """The key of a conversation that was split from the one of this key, and does not get what is said next."""
    return f"{PART}{name}:{plain(key)}"


def plain(key: str) -> str:
    """The key by which what is said on this thread finds its conversation."""
    return key.split(":", 2)[2] if key.startswith(PART) else key


def named(key: str) -> tuple[str, str]:
    """(the channel's own thread, the post) that `thread_key` was made of; one of them is ''."""
    key = plain(key)
    if key.startswith("post:"):
        return "", key.removeprefix("post:")
    return key.removeprefix("chat:"), ""


def moves_forward(old: str, new: str) -> bool:
    """May a delivery state go from `old` to `new`? Receipts come doubled and out of order; the state never falls.

    A failure stands behind `sent`, for it is told afterwards; what has arrived stands behind both.
    """
    if old == "failed":
        return new in ("delivered", "read")
    if new == "failed":
        return old in ("waiting", "sending", "unknown", "sent")
    return old in RANK and new in RANK and RANK[new] > RANK[old]


def whole_seconds(since: datetime, until: datetime) -> int:
    """How long, in whole seconds, as events carry it; never negative, for clocks may be set back."""
    return max(0, int((until - since).total_seconds()))
