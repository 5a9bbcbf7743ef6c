"""Words to find by: Chinese, Japanese and Korean in pairs of characters, everything else in words.

The index keeps tokens without positions; whoever searches checks the hits against the text afterwards, because
pairs alone would also find a text that holds them far apart.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_WORD = 64
MOST_TOKENS = 2000  # of one text; what lies beyond is not found
MOST_QUERY_CHARACTERS = 100
# Han (with its extensions), kana, hangul; the iteration marks belong to the words that they continue.
_CJK = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUNS = re.compile(f"(?P<cjk>[{_CJK}]+)|(?P<word>[^\\W{_CJK}]+)")
_DIGITS = re.compile("[0-9]{6,}")


def normal(text: str) -> str:
    """Full-width and compatibility forms made plain, in lower case."""
    return unicodedata.normalize("NFKC", text).lower().replace("\x00", "")


def tokens(text: str) -> list[str]:
    """What `text` is found by, each once. The last character of a run stands alone too, so that every single
    character is the beginning of some token; long numbers are also found by their last digits."""
    found: dict[str, None] = {}
    for run in _RUNS.finditer(normal(text)):
        if word := run["word"]:
            word = word.replace("_", "")[:LONGEST_WORD]
            if word:
                found[word] = None
            if _DIGITS.fullmatch(word):
                found |= dict.fromkeys(word[-length:] for length in range(4, min(9, len(word))))
        else:
            cjk = run["cjk"]
            found |= dict.fromkeys(cjk[at : at + 2] for at in range(len(cjk) - 1))
            found[cjk[-1]] = None
        if len(found) >= MOST_TOKENS:
            break
    return list(found)[:MOST_TOKENS]


def numbered(workspace_number: int, text: str) -> list[str]:
    """The tokens of `text` as the index keeps them: one GIN index serves all workspaces, so each token carries
    the number of its own."""
    return [f"{workspace_number}:{token}" for token in tokens(text)]


def query(workspace_number: int, text: str) -> str | None:
    """A tsquery that finds every text with the words of `text` (the last one may be unfinished), or None when
    nothing in it can be looked for."""
    parts: dict[str, None] = {}
    runs = list(_RUNS.finditer(normal(text[:MOST_QUERY_CHARACTERS])))
    for run in runs:
        if word := run["word"]:
            word = word.replace("_", "")[:LONGEST_WORD]
            if word:
                parts[_quoted(workspace_number, word) + (":*" if run is runs[-1] else "")] = None
        elif len(cjk := run["cjk"]) == 1:
            parts[_quoted(workspace_number, cjk) + ":*"] = None
        else:
            parts |= dict.fromkeys(_quoted(workspace_number, cjk[at : at + 2]) for at in range(len(cjk) - 1))
    return " & ".join(parts) or None


def patterns(text: str) -> list[str]:
    """LIKE patterns of the words of `text`, to check hits with: each has to occur somewhere in the text."""
    words = normal(text[:MOST_QUERY_CHARACTERS]).split()
    return ["%" + re.sub(r"([\\%_])", r"\\\1", word) + "%" for word in words]


def _quoted(workspace_number: int, token: str) -> str:
    escaped = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{workspace_number}:{escaped}'"
