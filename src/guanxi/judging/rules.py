"""How words and facts become levels. Each of them is worth points; whoever asks why is told all that counted.

Urgency: danger and urgent words 4, other alarm words and each kind of fact as below; from 4 on urgent, from 2 on high.
Mood: of each message angry words -2, bad ones -1, good ones +1, shouting -1; angry from -2 in one message or -3 in the last
three; falling below zero, glad above it. A word that is negated counts for nothing, and a good one for a bad one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from guanxi.judging.model import AlarmWord, Facts, Found, Judgement, Meaning, Mood, OurWord, Reason, Said, Urgency
from guanxi.judging.words import LANGUAGES, WORDS

URGENT, HIGH = 4, 2  # points from which it is so
OF_WORD: Mapping[str, int] = {"danger": 4, "urgent": 4, "high": 2, "late": 2}
OF_MOOD: Mapping[str, int] = {"angry": -2, "bad": -1, "good": 1}
MANY = 3  # messages without an answer
LONG_WAIT = 30  # minutes
OFTEN = 2  # other conversations within a week
LOOKED_AT = 6  # of the contact's last messages
MOST_REASONS = 6
LONGEST = 2000  # characters of a message that are looked at

BEFORE = re.compile(
    r"(?:\b(?:not?|don'?t|doesn'?t|didn'?t|isn'?t|wasn'?t|never|without|nor|sin|ni|nunca|hardly)\s+(?:[\w']+\s+){0,3}"
    r"|(?:不要|不用|不想|不需要|不会|不會|没有|沒有|并不|並不|无需|無需|不必|别|別|不|没|沒|無)[^,。!?,.!?\s]{0,2}|안\s?)$"
)
AFTER = re.compile(
    r"^[^,。!?,.!?]{0,3}(?:不用了|就算了|不需要|不要了|は不要|はいりません|は要りません|しなくて|ではあり|ではない|じゃない|はしません"
    r"|은 필요 ?없|는 필요 ?없|은 안 해|은 됐|지 않|하지 마)"
)
# "怎么还不退款?" wants it.
WANTS_IT = re.compile(r"(?:怎么|怎麼|为什么|為什麼|凭什么|憑什麼|还|還|why|why don'?t you)[^,。,.]{0,8}$")
ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
LETTER = "[a-z0-9\u00c0-\u024f]"  # of words that stand between spaces; beside a Han sign they end, too
EXCLAIMS = re.compile(r"[!?]{3,}")


def judged(facts: Facts, own: Sequence[AlarmWord] = ()) -> Judgement:
    """The levels, and why."""
    found = [(said, *_points(said, heard_in(said.language, own))) for said in facts.said[-LOOKED_AT:]]
    urgency, why_urgent = _urgency(facts, found)
    mood, why_mood = _mood(facts, found)
    return Judgement(urgency=urgency, mood=mood, reasons=(*why_urgent[:MOST_REASONS], *why_mood[:MOST_REASONS]))


def found_in(text: str, language: str, own: Sequence[AlarmWord]) -> list[Found]:
    """Every word that is found in a text of this language, what it means and what it counts as there."""
    here = heard_in(language, own)
    ours = {plain(one.word).strip() for one in here}
    text = plain(text[:LONGEST])
    return [
        Found(word=word, means=means, counts_as=_counts_as(means, text, start, end), own=word in ours)
        for start, end, word, means in _read(text, here)
    ]


def our_words() -> list[OurWord]:
    """The house's own words, by what they mean and then by language."""
    return [
        OurWord(word.strip().replace("_", " "), means, language)
        for means, lines in WORDS.items()
        for language, line in zip(LANGUAGES, lines.strip().splitlines(), strict=True)
        for word in (line.split("|") if "|" in line else line.split())
    ]


def heard_in(language: str, own: Sequence[AlarmWord]) -> tuple[AlarmWord, ...]:
    """Those of the workspace's words that count in a message of this language ('': nobody can tell)."""
    return tuple(
        one
        for one in own
        if not one.language or not language or one.language == language or language.startswith(f"{one.language}-")
    )


Read = tuple[Said, list[tuple[Meaning, str]], list[Reason]]


def _urgency(facts: Facts, found: Sequence[Read]) -> tuple[Urgency, list[Reason]]:
    points, reasons, seen = 0, list[Reason](), set[str]()
    for said, words, shouts in reversed(found):
        for means, word in words:
            if means in OF_WORD and word not in seen:
                points += OF_WORD[means] if means != "late" or "late" not in seen else 0
                seen |= {word, means}
                reasons.append(Reason(about="urgency", what="word", word=word, seq=said.seq, at=said.at))
        if shouts and not seen.intersection({"shouts"}) and not any(means == "good" for means, _ in words):
            seen.add("shouts")
            points += 1
            reasons += [one for one in shouts if one.about == "urgency"][:1]
    for what, count, worth in (
        ("unanswered", facts.unanswered if facts.unanswered >= MANY else 0, 2),
        ("waiting", facts.waiting if facts.waiting >= LONG_WAIT else 0, 2),
        ("again", facts.again if facts.again >= OFTEN else 0, 1),
        ("vip", int(facts.is_vip), 1),
    ):
        if count:
            points += worth
            reasons.append(Reason(about="urgency", what=what, count=count))  # type: ignore[arg-type]
    if points >= HIGH:
        return ("urgent" if points >= URGENT else "high"), reasons
    closes = bool(found) and points == 0 and _only_closes(found[-1])
    return ("low" if closes else "normal"), []


def _mood(facts: Facts, found: Sequence[Read]) -> tuple[Mood, list[Reason]]:
    scores, reasons = list[int](), list[Reason]()
    for said, words, shouts in found[-3:]:
        score = sum(OF_MOOD.get(means, 0) for means, _ in words)
        why = [
            Reason(about="mood", what="word", word=word, seq=said.seq, at=said.at)
            for means, word in words
            if means in OF_MOOD
        ]
        if shouts and (score < 0 or any(one.what == "capitals" for one in shouts)) and score <= 0:
            score -= 1
            why += [Reason(about="mood", what=shouts[0].what, seq=said.seq, at=said.at)]
        scores.append(score)
        reasons = why + reasons
    total = sum(scores)
    newest = next((score for score in reversed(scores) if score), 0)
    if facts.unanswered >= MANY and total <= 0:
        total, newest = total - 1, min(newest, 0) - 1
        reasons.append(Reason(about="mood", what="unanswered", count=facts.unanswered))
    if newest < 0 and (min(scores[-2:], default=0) <= -2 or total <= -3):
        return "angry", reasons
    if newest < 0 and total <= 0:
        return "falling", reasons
    if newest > 0 and total > 0:
        return "glad", reasons
    return "neutral", []


def _only_closes(found: Read) -> bool:
    said, words, _ = found
    if any(means not in ("good", "closing") for means, _ in words) or not words or "?" in plain(said.text):
        return False
    return len(plain(said.text)) <= 3 * sum(len(word) for _, word in words) + 8


@lru_cache(maxsize=4096)
def _points(said: Said, own: tuple[AlarmWord, ...]) -> tuple[list[tuple[Meaning, str]], list[Reason]]:
    """The words of a message with what they mean here, and whether it shouts. Kept, for each is looked at several times."""
    text = plain(said.text[:LONGEST])
    words: list[tuple[Meaning, str]] = []
    for start, end, word, means in _read(text, own):
        means = _counts_as(means, text, start, end)
        if means != "nothing" and (means, word) not in words:
            words.append((means, word))
    shouts = []
    if _is_shouted(said.text[:LONGEST]):
        shouts.append(Reason(about="urgency", what="capitals", seq=said.seq, at=said.at))
    if EXCLAIMS.search(text):
        shouts.append(Reason(about="urgency", what="exclaims", seq=said.seq, at=said.at))
    return words, shouts


def _counts_as(means: Meaning, text: str, start: int, end: int) -> Meaning:
    if means in ("late", "closing", "nothing") or not _is_negated(text, start, end):
        return means
    return "bad" if means == "good" else "nothing"


def _read(text: str, own: tuple[AlarmWord, ...]) -> Iterator[tuple[int, int, str, Meaning]]:
    """Every word that stands in the text, the longest first where several begin."""
    beginnings, meanings = _reader(own)
    place = 0
    while place < len(text):
        pattern = beginnings.get(text[place])
        match = pattern.match(text, place) if pattern is not None else None
        if match:
            yield place, match.end(), match[0], meanings[match[0]]
        place = match.end() if match else place + 1


def plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")


def _is_negated(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 40) : start]
    match = BEFORE.search(before)
    if match and not WANTS_IT.search(before[: match.start()]):
        return True
    return bool(AFTER.search(text[end : end + 16]))


def _is_shouted(text: str) -> bool:
    words = [word for word in re.findall(r"[^\W\d_]{2,}", text) if not ASIAN.search(word)]
    letters = "".join(words)
    return len(words) >= 3 and len(letters) >= 10 and sum(sign.isupper() for sign in letters) >= 0.8 * len(letters)


@lru_cache(maxsize=256)
def _reader(own: tuple[AlarmWord, ...]) -> tuple[Mapping[str, re.Pattern[str]], Mapping[str, Meaning]]:
    """By its first sign an expression for the words that begin so, and what each means; the workspace's own replace ours."""
    meanings: dict[str, Meaning] = {}
    for means, lines in WORDS.items():
        for line in lines.strip().splitlines():
            words = line.split("|") if "|" in line else line.split()
            meanings |= {plain(word.strip().replace("_", " ")): means for word in words}
    meanings |= {word: one.means for one in own if (word := plain(one.word).strip())}
    beginnings: dict[str, list[str]] = {}
    for word in sorted(meanings, key=lambda word: (-len(word), word)):
        beginnings.setdefault(word[0], []).append(re.escape(word) if ASIAN.search(word) else _whole(word))
    return {sign: re.compile("|".join(words)) for sign, words in beginnings.items()}, meanings


# Spanish words bend at their ends: those that stand here without one begin a word.
STEMS = frozenset(
    [
        "alérgic",
        "herid",
        "sangra",
        "explot",
        "abogad",
        "denuncia",
        "dañad",
        "equivocad",
        "falsific",
        "robad",
        "retras",
        "pésim",
        "ridícul",
        "furios",
        "enojad",
        "enfadad",
        "decepcion",
        "molest",
        "frustrad",
        "lentísim",
        "preocupad",
        "encantad",
        "maravillos",
        "satisfech",
        "content",
        "solucionad",
    ]
)


def _whole(word: str) -> str:
    return rf"(?<!{LETTER}){re.escape(word)}" + ("" if word in STEMS else rf"(?!{LETTER})")
