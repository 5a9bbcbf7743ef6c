"""What a translator must leave as it is, and which texts need none. Pure."""

from __future__ import annotations

import re

LONGEST = 5000  # characters of one text
# Left alone: {{…}}, addresses of pages and people, numbers of orders and telephones, @names, prices, and what looks like our marks.
KEPT = re.compile(
    r"\{\{.*?\}\}"
    r"|https?://[^\s<>「」『』（）()，。！？、；：]+|www\.[^\s<>「」（），。！？、]+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![A-Za-z0-9])(?=[A-Za-z0-9-]*\d)[A-Za-z]+[A-Za-z0-9]*(?:-[A-Za-z0-9]+)*-?\d[A-Za-z0-9-]*"
    r"|\+?\d[\d\s-]{5,}\d"
    r"|[#@]\w+"
    r"|[⟦\[【]\s*\d+\s*[⟧\]】]",
    re.ASCII,
)
MARK = re.compile(r"[⟦\[【]\s*(\d+)\s*[⟧\]】]")


def masked(text: str) -> tuple[str, list[str]]:
    """The text with ⟦n⟧ for each piece that must survive, and those pieces.

    >>> masked("订单 GX-20418 在 https://a.example/x 吗？{{contact.name}}")
    ('订单 ⟦0⟧ 在 ⟦1⟧ 吗？⟦2⟧', ['GX-20418', 'https://a.example/x', '{{contact.name}}'])
    """
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"⟦{len(kept) - 1}⟧"

    return KEPT.sub(keep, text), kept


def unmasked(translated: str, kept: list[str]) -> str | None:
    """The translation with the pieces back in their places; None when one was lost, doubled or made up."""
    if sorted(int(found) for found in MARK.findall(translated)) != list(range(len(kept))):
        return None
    return MARK.sub(lambda found: kept[int(found[1])], translated)


def pieces(text: str) -> list[tuple[str, bool]]:
    """A masked text cut at its marks: (piece, is it to be translated?). Put together again it is the text."""
    cut: list[tuple[str, bool]] = []
    at = 0
    for found in MARK.finditer(text):
        cut += [(text[at : found.start()], True), (found[0], False)]
        at = found.end()
    cut.append((text[at:], True))
    return [(piece, speaks and says_something(piece)) for piece, speaks in cut if piece]


def says_something(masked_text: str) -> bool:
    """Is there a word left to translate?"""
    return any(sign.isalpha() for sign in MARK.sub("", masked_text))


def same_tongue(one: str, other: str) -> bool:
    """Does who reads the one read the other? Both ways of writing Chinese count as one."""
    return bool(one) and one.partition("-")[0] == other.partition("-")[0]
