"""In which language something is said, and which one a conversation is held in.

Scripts decide first: they are certain, cost microseconds and know short texts. Only among Latin and Cyrillic letters a
library is asked (decision 27). Where nothing is certain the answer is '', which counts for nothing anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

from guanxi.conversations.han import CHINESE, way_of

KEPT = 7  # languages of the last messages, of which the commonest is the conversation's
LONGEST = 500  # characters that are looked at
CERTAIN = 0.7  # below it the library guesses
SHORTEST = 8  # letters, in at least two words

# What no language can be read from: addresses, numbers and codes, names that begin with @ or #.
SENSELESS = re.compile(r"\S+://\S+|www\.\S+|\S+@\S+\.\S+|[@#]\S+|[A-Za-z]*\d[\w-]*")
OF_SCRIPT = {
    "HANGUL": "ko", "THAI": "th", "HEBREW": "he", "GREEK": "el", "DEVANAGARI": "hi", "BENGALI": "bn", "TAMIL": "ta",
    "TELUGU": "te", "GUJARATI": "gu", "KANNADA": "kn", "MALAYALAM": "ml", "KHMER": "km", "LAO": "lo", "MYANMAR": "my",
    "GEORGIAN": "ka", "ARMENIAN": "hy", "SINHALA": "si",
}  # fmt: skip
ASKED = (
    Language.ENGLISH, Language.SPANISH, Language.FRENCH, Language.GERMAN, Language.PORTUGUESE, Language.ITALIAN,
    Language.INDONESIAN, Language.VIETNAMESE, Language.TURKISH, Language.DUTCH, Language.POLISH, Language.SWEDISH,
    Language.DANISH, Language.FINNISH, Language.CZECH, Language.HUNGARIAN, Language.ROMANIAN, Language.RUSSIAN,
    Language.UKRAINIAN, Language.BULGARIAN,
)  # fmt: skip
# All that a message, and so a conversation, can be said to be in.
HEARD = (
    "zh-CN", "zh-TW", "zh", "ja", *(one.iso_code_639_1.name.lower() for one in ASKED), "ar", "fa", "ur",
    *OF_SCRIPT.values(),
)  # fmt: skip


def language_of(text: str, around: str = "", *, by_script: bool = False) -> str:
    """The language of what somebody wrote, '' when nobody can tell. `around` is the conversation's: Han signs alone, which
    may be Chinese or Japanese, are what is spoken there. `by_script` never asks the library. 'zh' is Chinese that both
    ways of writing share.

    >>> language_of("请问什么时候发货?"), language_of("請問什麼時候出貨?"), language_of("届きました"), language_of("ok")
    ('zh-CN', 'zh-TW', 'ja', '')
    """
    said = SENSELESS.sub(" ", text[:LONGEST])
    scripts = Counter(_script(sign) for sign in said if sign.isalpha())
    asian = scripts["HAN"] + scripts["KANA"] + scripts["HANGUL"]
    latin, others = scripts["LATIN"], sum(scripts[one] for one in OF_SCRIPT if one != "HANGUL")
    if asian and asian * 3 >= latin:
        if scripts["HANGUL"] * 2 >= asian:
            return "ko"
        return _of_han(said, scripts["HAN"], scripts["KANA"], around)
    if others > latin:
        return OF_SCRIPT[max(OF_SCRIPT, key=lambda one: scripts[one])]
    if scripts["ARABIC"] > latin:
        return "ur" if set("ٹڈڑںے") & set(said) else "fa" if set("پچژگ") & set(said) else "ar"
    return "" if by_script else _by_letters(said, latin + scripts["CYRILLIC"])


def spoken(heard: str, fresh: str) -> tuple[str, str]:
    """(the language of a conversation, what was heard in it, newest first) after `fresh`; the commonest of the last few
    that tell, and of those that are as common the newest.

    >>> spoken("zh-CN zh-CN en", "")
    ('zh-CN', 'zh-CN zh-CN en')
    """
    ways = [fresh, *heard.split()] if fresh else heard.split()
    last = ways[:KEPT]
    written = next((way for way in last if way.startswith("zh-")), "zh")
    votes = Counter(written if way == "zh" else way for way in last)
    return (max(votes, key=lambda way: votes[way]) if votes else "", " ".join(last))


def _script(sign: str) -> str:
    if sign < "\u0250" or "\u1e00" <= sign <= "\u1eff":  # with Vietnamese
        return "LATIN"
    if "\u3400" <= sign <= "\u9fff" or sign >= "\U00020000":
        return "HAN"
    if "\u3041" <= sign <= "\u30ff" or "\uff66" <= sign <= "\uff9d":
        return "OTHER" if sign in "ー・" else "KANA"
    if "\uac00" <= sign <= "\ud7a3" or "\u3131" <= sign <= "\u318e":
        return "HANGUL"
    return unicodedata.name(sign, "OTHER").split(" ", 1)[0]


def _of_han(said: str, han: int, kana: int, around: str) -> str:
    """Kana is Japanese, but for the の that shop names in Chinese are fond of."""
    if kana and not (han and kana == said.count("の")):
        return "ja"
    ways = Counter(way_of(sign) for sign in said if _script(sign) == "HAN")
    chinese = not CHINESE.isdisjoint(said)
    if ways["simplified"] != ways["traditional"]:
        return "zh-CN" if ways["simplified"] > ways["traditional"] else "zh-TW"
    if ways["japanese"] and not chinese and not ways["simplified"]:
        return "ja"
    if around in ("ja", "zh-CN", "zh-TW", "zh") and not (chinese and around == "ja"):
        return around
    return "zh" if chinese else ""


def _by_letters(said: str, letters: int) -> str:
    plain = "".join(sign if _script(sign) in ("LATIN", "CYRILLIC") or not sign.isalpha() else " " for sign in said)
    if letters < SHORTEST or len(plain.split()) < 2:
        return ""
    first = _detector().compute_language_confidence_values(plain)[0]
    return first.language.iso_code_639_1.name.lower() if first.value >= CERTAIN else ""


@cache
def _detector() -> LanguageDetector:
    """Made when it is first asked: 15 MB that a house without such customers never needs."""
    return LanguageDetectorBuilder.from_languages(*ASKED).with_low_accuracy_mode().build()
