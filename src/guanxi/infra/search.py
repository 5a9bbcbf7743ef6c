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
LONGEST_TAIL = 8
# Han (with its extensions), kana, hangul; the iteration marks belong to the words that they continue.
_CJK = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUNS = re.compile(f"(?P<cjk>[{_CJK}]+)|(?P<word>[^\\W{_CJK}]+)")
_DIGITS = re.compile("[0-9]{6,}")
_WORDS = re.compile('["“”]([^"“”]*[^"“”\\s][^"“”]*)["“”]|(\\S+)')


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
                found |= dict.fromkeys(word[-length:] for length in range(4, min(LONGEST_TAIL + 1, len(word))))
        else:
            cjk = run["cjk"]
            found |= dict.fromkeys(cjk[at : at + 2] for at in range(len(cjk) - 1))
            found[cjk[-1]] = None
        if len(found) >= MOST_TOKENS:
            break
    return list(found)[:MOST_TOKENS]


def numbered(prefix: str, text: str) -> list[str]:
    """The tokens of `text` as the index keeps them: one GIN index serves all slices of all workspaces, so each token
    carries the number of its own."""
    return [f"{prefix}:{token}" for token in tokens(text)]


def prefix(workspace_number: int, slice_number: int) -> str:
    """What the tokens of this slice begin with. The first slice has the workspace's number alone."""
    return f"{workspace_number}.{slice_number}" if slice_number else str(workspace_number)


def words(text: str) -> list[str]:
    """What has to occur, each somewhere in the text: the words between spaces, and phrases in quotes as they are."""
    return [phrase or word for phrase, word in _WORDS.findall(normal(text[:MOST_QUERY_CHARACTERS]))]


def query(text: str) -> str | None:
    """A tsquery that finds every text with the words of `text`, for `in_slice` to complete; None when nothing in it can
    be looked for. A word is found by its beginning, a long number also by its last digits, from four on."""
    parts: dict[str, None] = {}
    for asked in words(text):
        for run in _RUNS.finditer(asked):
            if word := run["word"]:
                word = word.replace("_", "")
                if word:
                    parts[_word(word, may_go_on=run.end() == len(asked))] = None
            elif len(cjk := run["cjk"]) == 1:
                parts[_quoted(cjk) + ":*"] = None
            else:
                parts |= dict.fromkeys(_quoted(cjk[at : at + 2]) for at in range(len(cjk) - 1))
    return " & ".join(parts) or None


def in_slice(query: str, prefix: str) -> str:
    """The query for one slice. No token holds an @."""
    return query.replace("@:", f"{prefix}:")


def patterns(text: str) -> list[str]:
    """LIKE patterns of the words of `text`, to check hits with: each has to occur somewhere in the text."""
    return ["%" + re.sub(r"([\\%_])", r"\\\1", word) + "%" for word in words(text)]


def _word(word: str, *, may_go_on: bool) -> str:
    token = _quoted(word[:LONGEST_WORD]) + (":*" if may_go_on else "")
    if len(word) > LONGEST_TAIL and _DIGITS.fullmatch(word):  # more digits than the index keeps of an end
        return f"({token} | {_quoted(word[-LONGEST_TAIL:])})"
    return token


def _quoted(token: str) -> str:
    escaped = token.replace("\\", "\\\\").replace("'", "''")
    return f"'@:{escaped}'"
