"""What every channel can do, as one Markdown page made from the manifests: `guanxi channels`, kept as docs/channels.md."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from guanxi.channel_kit import Limit, Manifest, ReplyWindow, adjustable

HEAD = """# Channels

Made from the manifests by `bin/guanxi channels > docs/channels.md`; a test compares. How to add one:
[how-to/add-a-channel.md](how-to/add-a-channel.md). How to get credentials stands in each channel's own README. How fast
each reads what arrives: `bin/bench parse`.

A value with \\* is as far as is known: no page of the platform settles it. Each limit, with or without, can be said otherwise
for one inbox: its settings, under *Limits of this channel*; over the API, `limits`.
"""
STAR = r"\*"
SIGNS = {
    "body": "the body",
    "sealed": "what is sealed in the body, and only that is read",
    "query": "the query",
    "secret": "nothing; it shows a secret",
    "none": "nothing",
}


CROSSES = {
    "code": "the customer sends his code as the first message",
    "link": "an address opens the chat with the code in it; or he sends the code as the first message",
    "scan": "a picture to scan says the code; or he sends it as the first message",
    "page": "a page of ours has the code ready to be sent",
}


def page(manifests: Iterable[Manifest]) -> str:
    """The page, with a summary of all channels and a section for each, by key."""
    ordered = sorted(manifests, key=lambda one: one.key)
    return "\n".join([HEAD, *_summary(ordered), *(line for one in ordered for line in _section(one))]).rstrip() + "\n"


def _summary(manifests: Sequence[Manifest]) -> Iterator[str]:
    yield from _table(
        ("channel", "in", "out", "reply window", "receipts", "typing", "recall", "no doubles when repeated"),
        [
            (
                f"[{one.title}](#{one.key})",
                str(len(one.capabilities.receives)),
                str(len(one.capabilities.sends)),
                "; ".join(_window(window, _open(one)) for window in one.capabilities.reply_windows if window.required)
                or "none",
                ", ".join(one.capabilities.receipts) or "none",
                _yes(one.capabilities.typing),
                _recall(one),
                _yes(one.capabilities.idempotent_send),
            )
            for one in manifests
        ],
    )


def _section(manifest: Manifest) -> Iterator[str]:
    can, open_ = manifest.capabilities, _open(manifest)
    yield f"## {manifest.key}"
    yield ""
    yield f"{manifest.title}. Medium: {manifest.medium}. The platform signs {SIGNS[manifest.signs]}."
    yield ""
    yield f"- **Comes in:** {_listed(can.receives)}."
    if can.happens:
        yield f"- **Happens:** {_listed(can.happens)}."
    if can.receipts:
        yield f"- **Receipts:** {_listed(can.receipts)}."
    for window in can.reply_windows:
        yield f"- **Reply window:** {_window(window, open_)}{'' if window.required else '; one can also send without it'}."
    if can.outside_window:
        yield f"- **Needs no open window:** {_listed(can.outside_window)}."
    yield f"- **Besides:** {_listed(_besides(manifest)) or 'nothing'}."
    yield f"- **Whoever waits is told how he stands:** {_told_waits(manifest)}."
    if can.crosses:
        yield f"- **Goes on here from another channel:** {CROSSES[can.crosses]}."
    for promise, reason in sorted(can.exempt.items()):
        yield f"- **Exempt** from `{promise}`: {reason.rstrip('.')}."
    yield ""
    yield from _table(
        ("goes out", "limits"),
        [(_plain(kind), _limit(limit, f"sends.{kind}", open_) or "none known") for kind, limit in can.sends.items()],
    )
    if can.public_sends:
        yield ""
        yield from _table(
            ("goes out in public", "limits"),
            [
                (_plain(kind), _limit(limit, f"public_sends.{kind}", open_) or "none known")
                for kind, limit in can.public_sends.items()
            ],
        )


def _told_waits(manifest: Manifest) -> str:
    """As pipeline/waits.py decides it: only where it takes no reply away from the agents."""
    windows = manifest.capabilities.reply_windows
    counted = [window for window in windows if window.required and window.replies]
    if counted and all(window.replies for window in windows if window.required):
        most = max(window.replies for window in counted)
        there = "by the code that comes when a talk goes to the platform's own agents, and " * any(
            w.waits for w in windows
        )
        return (
            f"{there}along with the greeting, where the inbox has one; else no, for the platform counts replies "
            f"(at most {most}), and these are the agents'"
        )
    if counted:
        return "while a window stands open that counts no replies; else no, for those are the agents'"
    if manifest.key == "webchat":
        return "in a live line above his field; by messages while he is away"
    if any(window.replies for window in windows):
        return "once the free reply to his message is spent or over, for that one is the agents'"
    return "yes"


def _besides(manifest: Manifest) -> list[str]:
    can = manifest.capabilities
    said = {
        "typing is shown": can.typing,
        f"what was sent can be recalled{_within(manifest)}": can.recall,
        "a repeated send is one message": can.idempotent_send,
        "public conversations": bool(can.public_sends),
        "asks for a rating": bool(can.rating),
        f"what an answer is about is shown as a quote ({_listed(can.quotes)})": bool(can.quotes),
        "a standing menu": can.menu is not None,
        "codes to scan": can.codes is not None,
    }
    return [words for words, holds in said.items() if holds]


def _open(manifest: Manifest) -> Container[str]:
    """The keys of the limits that nobody could confirm."""
    return {one.key for one in adjustable(manifest) if not one.confirmed}


def _window(window: ReplyWindow, open_: Container[str]) -> str:
    place = f"reply_windows.{window.by}"
    many = f"{window.replies} {'reply' if window.replies == 1 else 'replies'}" if window.replies else "any number"
    many += STAR if f"{place}.replies" in open_ else ""
    long = _span(window.seconds) + (STAR if f"{place}.seconds" in open_ else "")
    token = ", with the token that came" if window.token else ""
    return f"{many} in {long} after {_plain(window.by)}{token}"


def _recall(manifest: Manifest) -> str:
    return f"yes{_within(manifest)}" if manifest.capabilities.recall else "no"


def _within(manifest: Manifest) -> str:
    seconds = manifest.capabilities.recall_within
    star = STAR if "recall_within" in _open(manifest) else ""
    return f" within {_span(seconds)}{star}" if seconds else ""


def _span(seconds: int) -> str:
    for unit, size in (("day", 86_400), ("h", 3_600), ("min", 60)):
        if seconds and seconds % size == 0 and (unit != "day" or seconds > 2 * size):
            many = seconds // size
            return f"{many} {unit}{'s' if unit == 'day' and many != 1 else ''}"
    return f"{seconds} s" if seconds else "any time"


def _limit(limit: Limit, place: str, open_: Container[str]) -> str:
    units = " UTF-16 units" if limit.counted else " characters"
    said: Mapping[str, tuple[str, object]] = {
        "characters": (f"{limit.characters:,}{units}", limit.characters),
        "bytes": (_size(limit.bytes), limit.bytes),
        "seconds": (f"{limit.seconds} s", limit.seconds),
        "title": (f"title of {limit.title}", limit.title),
        "options": (f"{limit.options} options", limit.options),
        "label": (f"labels of {limit.label}", limit.label),
        "types": (", ".join(limit.types), limit.types),
        "needs": (f"needs {', '.join(limit.needs)}", limit.needs),
    }
    return "; ".join(
        words + (STAR if f"{place}.{what}" in open_ else "") for what, (words, holds) in said.items() if holds
    )


def _size(bytes_: int) -> str:
    for unit, size in (("MB", 1024 * 1024), ("KB", 1024)):
        if bytes_ >= size and bytes_ % size == 0:
            return f"{bytes_ // size} {unit}"
    return f"{bytes_:,} bytes"


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(_plain(kind) for kind in kinds)


def _plain(kind: str) -> str:
    return kind.replace("_", " ") if kind != "event.*" else "any other event"


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""
