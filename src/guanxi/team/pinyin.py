"""How Chinese words are spelt, so that who types the Latin letters of their beginnings finds them."""

from __future__ import annotations

import os
import re
from functools import lru_cache

MOST_SIGNS = 24
MOST_READINGS = 3
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")


@lru_cache(maxsize=4096)
def spelt(*texts: str) -> str:
    """The syllables of each run of Chinese signs at the beginning of the texts, without tones: 'ma shang fa huo'. Other readings
    stand behind a slash ('zhong/chong'), runs behind a comma. '' where nothing is Chinese."""
    runs = [run for text in texts for run in _HAN.findall(text[:MOST_SIGNS])]
    return ",".join(dict.fromkeys(_spelt(run) for run in runs))


def _spelt(run: str) -> str:
    # Asked for only where somebody writes Chinese. Without its table of phrases it takes 13 MB instead of 60; every reading
    # of a sign counts, so it is not missed.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import Style, pinyin

    read = pinyin(run, style=Style.NORMAL, heteronym=True, errors="ignore")
    return " ".join("/".join(readings[:MOST_READINGS]) for readings in read)
